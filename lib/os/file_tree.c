/* SPDX-License-Identifier: Apache-2.0 */
/* Making a path of folders and removing a tree. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/os/fd.h"
#include "lib/os/file.h"

enum {
    TREE_DEPTH_MAX = 32,
};

static eg_status make_one(const char *path)
{
    struct stat info;

    if (mkdir(path, 0700) == 0) {
        return EG_OK;
    }
    if (errno == EEXIST && stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        return EG_OK;
    }
    return EG_ERR(OS_FILE);
}

eg_status eg_file_make_dir(const char *path)
{
    char part[EG_PATH_MAX];
    size_t len = strlen(path);

    if (len == 0 || len >= sizeof(part)) {
        return EG_ERR(OS_FILE);
    }
    memcpy(part, path, len + 1);
    for (size_t i = 1; i < len; i++) {
        if (part[i] == '/' && part[i - 1] != '/') {
            part[i] = '\0';
            EG_TRY(make_one(part));
            part[i] = '/';
        }
    }
    return make_one(part);
}

static eg_status empty_dir(int fd, int depth);

static eg_status remove_entry(int dir_fd, const char *name, int depth)
{
    int fd;

    if (unlinkat(dir_fd, name, 0) == 0) {
        return EG_OK;
    }
    if (errno != EISDIR && errno != EPERM) {
        return EG_ERR(OS_FILE);
    }
    fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return EG_ERR(OS_FILE);
    }
    EG_TRY(empty_dir(fd, depth + 1));
    return unlinkat(dir_fd, name, AT_REMOVEDIR) == 0 ? EG_OK : EG_ERR(OS_FILE);
}

/* Takes over fd. Depth is bounded by TREE_DEPTH_MAX: nothing of ours is deeper. */
static eg_status empty_dir(int fd, int depth)
{
    eg_status st = depth > TREE_DEPTH_MAX ? EG_ERR(OS_FILE) : EG_OK;
    DIR *dir = eg_ok(st) ? fdopendir(fd) : NULL;
    const struct dirent *e;

    if (dir == NULL) {
        eg_fd_close(&fd);
        return EG_ERR(OS_FILE);
    }
    while (eg_ok(st) && (e = readdir(dir)) != NULL) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            st = remove_entry(dirfd(dir), e->d_name, depth);
        }
    }
    (void)closedir(dir);
    return st;
}

eg_status eg_file_remove_tree(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0) {
        return EG_ERR(OS_FILE);
    }
    EG_TRY(empty_dir(fd, 0));
    return rmdir(path) == 0 ? EG_OK : EG_ERR(OS_FILE);
}
