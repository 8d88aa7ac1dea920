/* A file system that refuses both kinds of lock, as some network file systems do; loaded with LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/file.h>

static int ask(const char *name, int handle, int command, void *argument) {
    int (*real)(int, int, void *) = (int (*)(int, int, void *))dlsym(RTLD_NEXT, name);
    if (command == F_SETLK || command == F_SETLKW) {
        errno = ENOLCK;
        return -1;
    }
    return real(handle, command, argument);
}

int fcntl(int handle, int command, ...) {
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    return ask("fcntl", handle, command, argument);
}

int fcntl64(int handle, int command, ...) {
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    return ask("fcntl64", handle, command, argument);
}

int flock(int handle, int operation) {
    int (*real)(int, int) = (int (*)(int, int))dlsym(RTLD_NEXT, "flock");
    if (getenv("PIXELS_TEST_NO_FLOCK")) {
        errno = ENOLCK;
        return -1;
    }
    return real(handle, operation);
}
