/* Calls one kernel for another process, which may be of another processor: from the standard input come the argument block, with
   addresses counted from where each operand begins, and the operands; to the standard output go the operands as they are then. All
   numbers are doubles: how many in the block, how many operands, how many buffers; the block's; for each operand and then for each
   buffer its place in the block and its bytes; the operands. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void KERNEL(const double *block);

enum { MOST = 8 };

static void get(void *to, size_t bytes) {
  if (fread(to, 1, bytes, stdin) != bytes) exit(1);
}

int main(void) {
  double counts[3], block[64], sizes[2 * MOST];
  char *at[MOST];
  get(counts, sizeof counts);
  const int length = (int)counts[0], operands = (int)counts[1], all = operands + (int)counts[2];
  if (length > 64 || all > MOST) return 1;
  get(block, (size_t)length * sizeof *block);
  get(sizes, 2 * (size_t)all * sizeof *sizes);
  for (int i = 0; i < all; i++) {
    const size_t bytes = (size_t)sizes[2 * i + 1];
    at[i] = aligned_alloc(64, (bytes + 64) / 64 * 64);
    if (at[i] == NULL) return 1;
    if (i < operands) get(at[i], bytes);
    block[(int)sizes[2 * i]] += (double)(uintptr_t)at[i];
  }
  KERNEL(block);
  for (int i = 0; i < operands; i++) {
    const size_t bytes = (size_t)sizes[2 * i + 1];
    if (fwrite(at[i], 1, bytes, stdout) != bytes) return 1;
  }
  return 0;
}
