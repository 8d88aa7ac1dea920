/* Lets the n-th call that writes, flushes or renames fail, counted from when `nth_call_arm` was called; LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static long left = 0;      /* calls until the one that fails; 0: none will */
static long seen = 0;      /* calls since arming */
static int failure = EIO;

void nth_call_arm(long n, int error) { left = n; seen = 0; failure = error; }
long nth_call_seen(void) { long calls = seen; left = 0; return calls; }

static int fails(void) {
    seen++;
    if (left > 0 && --left == 0) { errno = failure; return 1; }
    return 0;
}

#define REAL(name, type) static type real; if (!real) real = (type)dlsym(RTLD_NEXT, name)

typedef ssize_t (*write_type)(int, const void *, size_t);
ssize_t write(int handle, const void *data, size_t size) {
    REAL("write", write_type);
    return handle > 2 && fails() ? -1 : real(handle, data, size);
}
typedef ssize_t (*pwrite_type)(int, const void *, size_t, off_t);
ssize_t pwrite(int handle, const void *data, size_t size, off_t place) {
    REAL("pwrite", pwrite_type);
    return fails() ? -1 : real(handle, data, size, place);
}
ssize_t pwrite64(int handle, const void *data, size_t size, off_t place) {
    REAL("pwrite64", pwrite_type);
    return fails() ? -1 : real(handle, data, size, place);
}
typedef int (*sync_type)(int);
int fsync(int handle) { REAL("fsync", sync_type); return fails() ? -1 : real(handle); }
int fdatasync(int handle) { REAL("fdatasync", sync_type); return fails() ? -1 : real(handle); }
typedef int (*truncate_type)(int, off_t);
int ftruncate(int handle, off_t size) { REAL("ftruncate", truncate_type); return fails() ? -1 : real(handle, size); }
int ftruncate64(int handle, off_t size) { REAL("ftruncate64", truncate_type); return fails() ? -1 : real(handle, size); }
typedef int (*rename_type)(const char *, const char *);
int rename(const char *from, const char *to) { REAL("rename", rename_type); return fails() ? -1 : real(from, to); }
