"""anchorproof: is this newscast what it claims to be?"""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("anchorproof")
except PackageNotFoundError:  # a checkout that was never installed
    __version__ = "0+unknown"
