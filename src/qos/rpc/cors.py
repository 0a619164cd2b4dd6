"""Which pages in browsers may ask a node: those of any origin, for nothing here depends on who asks."""

from typing import Final

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

HEIGHT_HEADERS: Final = ("x-cosmos-block-height", "grpc-metadata-x-cosmos-block-height")
CORS: Final = Middleware(
    CORSMiddleware,
    allow_origins=["*"],
    allow_methods=["GET", "POST", "HEAD", "OPTIONS"],
    allow_headers=["*"],
    expose_headers=HEIGHT_HEADERS,
    max_age=3_600,
)
