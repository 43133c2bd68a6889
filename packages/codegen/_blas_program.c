/* Uses a BLAS as a C program does: computes in several threads, is told of a wrong argument, and looks from inside a routine for
   its caller. Prints what went wrong, or "right". */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

void dgemm_(const char *transA, const char *transB, const int *m, const int *n, const int *k, const double *alpha, const double *a,
            const int *lda, const double *b, const int *ldb, const double *beta, double *c, const int *ldc);
void cblas_sgemv(int order, int trans, int m, int n, float alpha, const float *a, int lda, const float *x, int incx, float beta,
                 float *y, int incy);

enum { N = 200, THREADS = 8, REPETITIONS = 20 };

static int wrongParameter;
void xerbla_(const char *name, const int *info, size_t length) {
  if (length == 6 && memcmp(name, "DGEMM ", 6) == 0) wrongParameter = *info;
}

static void *multiply(void *failed) {
  double *a = malloc(N * N * sizeof *a), *b = malloc(N * N * sizeof *b), *c = malloc(N * N * sizeof *c);
  const int n = N;
  const double one = 1, zero = 0;
  for (int i = 0; i < N * N; i++) a[i] = i % 7 - 3, b[i] = i % 5 - 2;
  for (int repetition = 0; repetition < REPETITIONS; repetition++) {
    for (int i = 0; i < N * N; i++) c[i] = 0.0 / zero;
    dgemm_("N", "T", &n, &n, &n, &one, a, &n, b, &n, &zero, c, &n);
    for (int j = 0; j < N; j += 13) {
      for (int i = 0; i < N; i += 7) {
        double sum = 0;
        for (int p = 0; p < N; p++) sum += a[i + p * N] * b[j + p * N];
        if (c[i + j * N] != sum) *(int *)failed = 1;
      }
    }
  }
  free(a), free(b), free(c);
  return NULL;
}

static volatile sig_atomic_t callers, strays;
static void *mainStart;
static void look(int signal) {
  (void)signal;
  void *frames[32];
  int found = 0, count = backtrace(frames, 32);
  for (int i = 0; i < count; i++) found |= (char *)frames[i] >= (char *)mainStart && (char *)frames[i] < (char *)mainStart + 4096;
  if (found) callers++;
  else strays++;
}

__attribute__((noinline)) static void computeFor(int times) {
  static double a[N * N], b[N * N], c[N * N];
  const int n = N;
  const double one = 1;
  for (int i = 0; i < times; i++) dgemm_("T", "N", &n, &n, &n, &one, a, &n, b, &n, &one, c, &n);
}

int main(void) {
  int failed = 0;
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, multiply, &failed);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  if (failed) return puts("a product is wrong"), 1;

  const float matrix[6] = {1, 2, 3, 4, 5, 6}, x[3] = {1, 10, 100};
  float y[2] = {1, 1};
  cblas_sgemv(101, 111, 2, 3, 1, matrix, 3, x, -1, 2, y, 1);
  if (y[0] != 100 + 20 + 3 + 2 || y[1] != 400 + 50 + 6 + 2) return puts("cblas_sgemv is wrong"), 1;

  const int n = 3, small = 2;
  const double one = 1;
  double c[9] = {42};
  dgemm_("N", "N", &n, &n, &n, &one, c, &n, c, &small, &one, c, &n);
  if (wrongParameter != 10 || c[0] != 42) return printf("xerbla_ was told of %d\n", wrongParameter), 1;

  void *frames[1];
  backtrace(frames, 1); /* loads what it needs */
  mainStart = (void *)main;
  signal(SIGPROF, look);
  const struct itimerval often = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
  setitimer(ITIMER_PROF, &often, NULL);
  for (int i = 0; i < 1000 && callers < 20; i++) computeFor(50);
  setitimer(ITIMER_PROF, &never, NULL);
  if (callers < 20 || strays > 0) return printf("main was found %d times, and not %d times\n", (int)callers, (int)strays), 1;
  puts("right");
  return 0;
}
