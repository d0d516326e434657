/*
 * The floor: walk a tree, read every file, take its SHA-256, with a number of threads. Prints the count and the XOR of
 * all digests. Build: cc -O2 -pthread manifest_floor.c -lcrypto -o floor. Use: floor FOLDER THREADS
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct file { char *path; off_t size; };
static struct file *files;
static size_t count, room, next_file;
static unsigned char all[32];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void walk(const char *folder) {
    DIR *open_folder = opendir(folder);
    struct dirent *entry;
    if (!open_folder) { perror(folder); exit(1); }
    while ((entry = readdir(open_folder))) {
        struct stat status;
        char path[4096];
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (fstatat(dirfd(open_folder), entry->d_name, &status, AT_SYMLINK_NOFOLLOW)) { perror(path); exit(1); }
        if (S_ISDIR(status.st_mode)) walk(path);
        if (!S_ISREG(status.st_mode)) continue;
        if (count == room) files = realloc(files, (room = room ? 2 * room : 1024) * sizeof *files);
        files[count].path = strdup(path);
        files[count++].size = status.st_size;
    }
    closedir(open_folder);
}

static int larger_first(const void *one, const void *other) {
    const struct file *a = one, *b = other;
    return (a->size < b->size) - (a->size > b->size);
}

static void *work(void *unused) {
    static __thread unsigned char buffer[1 << 18];
    unsigned char digest[32];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    (void)unused;
    for (;;) {
        size_t mine = __atomic_fetch_add(&next_file, 1, __ATOMIC_RELAXED);
        ssize_t got;
        int descriptor;
        if (mine >= count) break;
        if ((descriptor = open(files[mine].path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) < 0) { perror(files[mine].path); exit(1); }
        EVP_DigestInit_ex(context, EVP_sha256(), NULL);
        while ((got = read(descriptor, buffer, sizeof buffer)) > 0) EVP_DigestUpdate(context, buffer, got);
        EVP_DigestFinal_ex(context, digest, NULL);
        close(descriptor);
        pthread_mutex_lock(&lock);
        for (int place = 0; place < 32; place++) all[place] ^= digest[place];
        pthread_mutex_unlock(&lock);
    }
    EVP_MD_CTX_free(context);
    return NULL;
}

int main(int words, char **word) {
    int threads = words > 2 ? atoi(word[2]) : 2;
    pthread_t thread[64];
    if (words < 2 || threads < 1 || threads > 64) return 64;
    walk(word[1]);
    qsort(files, count, sizeof *files, larger_first);
    for (int number = 0; number < threads; number++) pthread_create(&thread[number], NULL, work, NULL);
    for (int number = 0; number < threads; number++) pthread_join(thread[number], NULL);
    printf("%zu ", count);
    for (int place = 0; place < 32; place++) printf("%02x", all[place]);
    printf("\n");
    return 0;
}
