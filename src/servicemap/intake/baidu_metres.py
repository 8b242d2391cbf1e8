"""Baidu's own projected metres (BD09MC) to BD-09 degrees.

Baidu's maps carry piecewise polynomials of the absolute ordinate, one per band of
latitude; the constants are those that its JavaScript library publishes (``MCBAND``,
``MC2LL``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from servicemap.intake.within import Floats

# Lower bound of each band in metres, southernmost last.
_BANDS_M = (12_890_594.86, 8_362_377.87, 5_591_021.0, 3_481_989.83, 1_678_043.12, 0.0)
# Per band: longitude as c0 + c1 x, latitude as a polynomial of degree 6 in y / c9.
_TERMS = np.array(
    [
        [
            *(1.410526172116255e-8, 8.98305509648872e-6, -1.9939833816331),
            *(200.9824383106796, -187.2403703815547, 91.6087516669843),
            *(-23.38765649603339, 2.57121317296198, -0.03801003308653, 17_337_981.2),
        ],
        [
            *(-7.435856389565537e-9, 8.983055097726239e-6, -0.78625201886289),
            *(96.32687599759846, -1.85204757529826, -59.36935905485877),
            *(47.40033549296737, -16.50741931063887, 2.28786674699375, 10_260_144.86),
        ],
        [
            *(-3.030883460898826e-8, 8.98305509983578e-6, 0.30071316287616),
            *(59.74293618442277, 7.357984074871, -25.38371002664745),
            *(13.45380521110908, -3.29883767235584, 0.32710905363475, 6_856_817.37),
        ],
        [
            *(-1.981981304930552e-8, 8.983055099779535e-6, 0.03278182852591),
            *(40.31678527705744, 0.65659298677277, -4.44255534477492),
            *(0.85341911805263, 0.12923347998204, -0.04625736007561, 4_482_777.06),
        ],
        [
            *(3.09191371068437e-9, 8.983055096812155e-6, 6.995724062e-5),
            *(23.10934304144901, -2.3663490511e-4, -0.6321817810242),
            *(-0.00663494467273, 0.03430082397953, -0.00466043876332, 2_555_164.4),
        ],
        [
            *(2.890871144776878e-9, 8.983055095805407e-6, -3.068298e-8),
            *(7.47137025468032, -3.53937994e-6, -0.02145144861037),
            *(-1.234426596e-5, 1.0322952773e-4, -3.23890364e-6, 826_088.5),
        ],
    ]
)


def to_bd09(x_m: Floats, y_m: Floats) -> tuple[Floats, Floats]:
    """BD09MC metres to BD-09 degrees, shape (n,); NaN stays NaN."""
    up = np.abs(np.nan_to_num(y_m))
    band = np.argmax(up[:, None] >= np.array(_BANDS_M)[None, :], axis=1)
    terms = _TERMS[band]
    lon = terms[:, 0] + terms[:, 1] * np.abs(x_m)
    share = np.abs(y_m) / terms[:, 9]
    lat = sum(terms[:, 2 + power] * share**power for power in range(7))
    return np.copysign(lon, x_m), np.copysign(np.asarray(lat, dtype=float), y_m)
