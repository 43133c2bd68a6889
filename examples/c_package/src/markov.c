/*
 * Where a Markov chain of `states` states is after 2^squarings steps from its first state: ./markov states squarings
 * prints a probability a line. The chain goes from i to j with a probability in proportion to (7 i + 13 j) mod 17 + 1.
 */

#include "dgemm_kernel.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static _Alignas(GEMM_ALIGNMENT) double packedA[GEMM_BLOCK_MC * GEMM_BLOCK_KC];
static _Alignas(GEMM_ALIGNMENT) double packedB[GEMM_BLOCK_KC * GEMM_BLOCK_NC];

static double address(const void *pointer)
{
  return (double)(uintptr_t)pointer;
}

/* to = from * from, row by row. */
static void square(size_t n, const double *from, double *to)
{
  double block[GEMM_BLOCK_LENGTH] = {0};
  block[GEMM_M] = block[GEMM_N] = block[GEMM_K] = (double)n;
  block[GEMM_ALPHA] = 1;
  block[GEMM_A] = block[GEMM_B] = address(from);
  block[GEMM_C] = address(to);
  block[GEMM_A_ROW_STRIDE] = block[GEMM_B_ROW_STRIDE] = block[GEMM_C_ROW_STRIDE] = (double)n;
  block[GEMM_A_COLUMN_STRIDE] = block[GEMM_B_COLUMN_STRIDE] = block[GEMM_C_COLUMN_STRIDE] = 1;
  block[GEMM_PACKED_A] = address(packedA);
  block[GEMM_PACKED_B] = address(packedB);
  block[GEMM_MC] = GEMM_BLOCK_MC;
  block[GEMM_KC] = GEMM_BLOCK_KC;
  block[GEMM_NC] = GEMM_BLOCK_NC;
  block[GEMM_BATCH] = 1;
  dgemm_kernel(block);
}

int main(int count, char **arguments)
{
  const long states = count == 3 ? strtol(arguments[1], NULL, 10) : 0;
  const long squarings = count == 3 ? strtol(arguments[2], NULL, 10) : -1;
  if (states < 1 || states > 10000 || squarings < 0 || squarings > 60) {
    fprintf(stderr, "usage: markov states (1 to 10000) squarings (0 to 60)\n");
    return 2;
  }
  const size_t n = (size_t)states;
  double *chain = malloc(n * n * sizeof *chain);
  double *next = malloc(n * n * sizeof *next);
  if (chain == NULL || next == NULL) {
    fprintf(stderr, "markov: no memory for %zu states\n", n);
    free(chain);
    free(next);
    return 1;
  }
  for (size_t i = 0; i < n; i++) {
    double sum = 0;
    for (size_t j = 0; j < n; j++) sum += chain[i * n + j] = (double)((7 * i + 13 * j) % 17 + 1);
    for (size_t j = 0; j < n; j++) chain[i * n + j] /= sum;
  }
  for (long step = 0; step < squarings; step++) {
    square(n, chain, next);
    double *const squared = next;
    next = chain;
    chain = squared;
  }
  for (size_t j = 0; j < n; j++) printf("%.17g\n", chain[j]);
  free(chain);
  free(next);
  return 0;
}
