"""How clients reach the server: pipes and HTTP, and who is let in."""
