<?xml version='1.0' encoding='UTF-8'?>
<tileset version="1.10" tiledversion="1.10.2" name="shore" tilewidth="16" tileheight="16" tilecount="40" columns="4">
 <image source="shore.png" width="64" height="160" />
 <tile id="0">
  <animation>
   <frame tileid="0" duration="250" />
   <frame tileid="20" duration="250" />
  </animation>
 </tile>
 <tile id="1">
  <animation>
   <frame tileid="1" duration="250" />
   <frame tileid="21" duration="250" />
  </animation>
 </tile>
 <tile id="2">
  <animation>
   <frame tileid="2" duration="250" />
   <frame tileid="22" duration="250" />
  </animation>
 </tile>
 <tile id="3">
  <animation>
   <frame tileid="3" duration="250" />
   <frame tileid="23" duration="250" />
  </animation>
 </tile>
 <tile id="4">
  <animation>
   <frame tileid="4" duration="250" />
   <frame tileid="24" duration="250" />
  </animation>
 </tile>
 <tile id="5">
  <animation>
   <frame tileid="5" duration="250" />
   <frame tileid="25" duration="250" />
  </animation>
 </tile>
 <tile id="6">
  <animation>
   <frame tileid="6" duration="250" />
   <frame tileid="26" duration="250" />
  </animation>
 </tile>
 <tile id="7">
  <animation>
   <frame tileid="7" duration="250" />
   <frame tileid="27" duration="250" />
  </animation>
 </tile>
 <tile id="8">
  <animation>
   <frame tileid="8" duration="250" />
   <frame tileid="28" duration="250" />
  </animation>
 </tile>
 <tile id="9">
  <animation>
   <frame tileid="9" duration="250" />
   <frame tileid="29" duration="250" />
  </animation>
 </tile>
 <tile id="10">
  <animation>
   <frame tileid="10" duration="250" />
   <frame tileid="30" duration="250" />
  </animation>
 </tile>
 <tile id="11">
  <animation>
   <frame tileid="11" duration="250" />
   <frame tileid="31" duration="250" />
  </animation>
 </tile>
 <tile id="12">
  <animation>
   <frame tileid="12" duration="250" />
   <frame tileid="32" duration="250" />
  </animation>
 </tile>
 <tile id="13">
  <animation>
   <frame tileid="13" duration="250" />
   <frame tileid="33" duration="250" />
  </animation>
 </tile>
 <tile id="14">
  <animation>
   <frame tileid="14" duration="250" />
   <frame tileid="34" duration="250" />
  </animation>
 </tile>
 <tile id="15">
  <animation>
   <frame tileid="15" duration="250" />
   <frame tileid="35" duration="250" />
  </animation>
 </tile>
 <tile id="16" probability="0.25">
  <animation>
   <frame tileid="16" duration="250" />
   <frame tileid="36" duration="250" />
  </animation>
 </tile>
 <tile id="17" probability="0.25">
  <animation>
   <frame tileid="17" duration="250" />
   <frame tileid="37" duration="250" />
  </animation>
 </tile>
 <tile id="18" probability="0.25">
  <animation>
   <frame tileid="18" duration="250" />
   <frame tileid="38" duration="250" />
  </animation>
 </tile>
 <tile id="19" probability="0.25">
  <animation>
   <frame tileid="19" duration="250" />
   <frame tileid="39" duration="250" />
  </animation>
 </tile>
 <wangsets>
  <wangset name="shore" type="corner" tile="-1">
   <wangcolor name="deep water" color="#0064ff" probability="1" tile="0" />
   <wangcolor name="green grass" color="#966469" probability="1" tile="15" />
   <wangtile tileid="0" wangid="0,1,0,1,0,1,0,1" />
   <wangtile tileid="1" wangid="0,1,0,1,0,1,0,2" />
   <wangtile tileid="2" wangid="0,2,0,1,0,1,0,1" />
   <wangtile tileid="3" wangid="0,2,0,1,0,1,0,2" />
   <wangtile tileid="4" wangid="0,1,0,2,0,1,0,1" />
   <wangtile tileid="5" wangid="0,1,0,2,0,1,0,2" />
   <wangtile tileid="6" wangid="0,2,0,2,0,1,0,1" />
   <wangtile tileid="7" wangid="0,2,0,2,0,1,0,2" />
   <wangtile tileid="8" wangid="0,1,0,1,0,2,0,1" />
   <wangtile tileid="9" wangid="0,1,0,1,0,2,0,2" />
   <wangtile tileid="10" wangid="0,2,0,1,0,2,0,1" />
   <wangtile tileid="11" wangid="0,2,0,1,0,2,0,2" />
   <wangtile tileid="12" wangid="0,1,0,2,0,2,0,1" />
   <wangtile tileid="13" wangid="0,1,0,2,0,2,0,2" />
   <wangtile tileid="14" wangid="0,2,0,2,0,2,0,1" />
   <wangtile tileid="15" wangid="0,2,0,2,0,2,0,2" />
   <wangtile tileid="16" wangid="0,1,0,1,0,1,0,1" />
   <wangtile tileid="17" wangid="0,1,0,1,0,1,0,1" />
   <wangtile tileid="18" wangid="0,2,0,2,0,2,0,2" />
   <wangtile tileid="19" wangid="0,2,0,2,0,2,0,2" />
  </wangset>
 </wangsets>
</tileset>
