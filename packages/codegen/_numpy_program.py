"""Multiplies by NumPy, and looks whose BLAS it is: prints what went wrong, or "right"."""

import ctypes

import numpy as np

np.seterr(invalid='raise', over='raise', divide='raise')
random = np.random.default_rng(1)


def check(product, left, right, tolerance):
    expected = np.einsum('ij,jk->ik', left.astype(np.longdouble), right.astype(np.longdouble))  # without a BLAS
    assert np.abs(product - expected).max() <= tolerance, (left.shape, left.strides, right.shape, right.strides)


for rows in range(1, 70):  # rows that fill no vector, after others that left something on the stack
    assert np.isfinite(np.full((rows, 100), 1e300) @ np.full(100, 1e-300)).all()
    assert np.isnan(np.full((rows, 100), np.nan) @ np.ones(100)).all()
    check(np.ones((rows, 100)) @ np.ones((100, 1)), np.ones((rows, 100)), np.ones((100, 1)), 0)

for kind, tolerance in ((np.float64, 1e-13), (np.float32, 1e-4)):
    for m, n, k in ((1, 1, 1), (3, 5, 2), (50, 41, 67), (129, 200, 31)):
        a, b = random.random((m, k)).astype(kind) - 0.5, random.random((k, n)).astype(kind) - 0.5
        for left in (a, a.T.copy().T, np.vstack([a, a])[:m]):
            for right in (b, b.T.copy().T):
                check(left @ right, left, right, tolerance)
            vector = right[:, :1]
            check((left @ vector[:, 0])[:, None], left, vector, tolerance)
    check(a @ a.T, a, a.T, tolerance)  # which NumPy leaves to another routine, of the BLAS behind

for name in ('cblas_dgemm', 'cblas_sgemm', 'cblas_dgemv', 'cblas_sgemv'):
    address = ctypes.cast(getattr(ctypes.CDLL(None), name), ctypes.c_void_p).value
    with open('/proc/self/maps') as maps:
        spans = [line.split() for line in maps if 'libparatune' in line]
    inside = any(int(low, 16) <= address < int(high, 16) for low, high in (span[0].split('-') for span in spans))
    assert inside, name + ' is of another library'
print('right')
