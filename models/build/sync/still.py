"""Where the mesh's still points lie in a head that looks straight ahead: mean over the development clips.

In distances between the outer corners of the eyes, x to the right in the picture, y down, z away from the camera; order
as ``anchorproof.faces.mesh.STILL``. Generalised Procrustes analysis (Gower, Psychometrika 40(1), 1975), made symmetric.
"""

import numpy as np

STILL = np.array(
    [
        [-0.5, 0.038, 0.198],
        [-0.191, 0.073, 0.144],
        [0.191, 0.073, 0.144],
        [0.5, 0.038, 0.198],
        [0.0, 0.037, -0.036],
        [0.0, 0.143, -0.059],
        [0.0, 0.231, -0.097],
        [0.0, 0.312, -0.141],
        [0.0, -0.446, -0.097],
        [0.0, -0.289, -0.101],
        [0.0, -0.151, -0.094],
        [0.0, -0.06, -0.058],
    ],
    np.float32,
)
