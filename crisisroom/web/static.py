"""Built files: named by their content, so kept for ever; sent compressed where the build made that form too."""

from __future__ import annotations

import mimetypes
import os
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
TYPES = {".woff2": "font/woff2", ".svg": "image/svg+xml", ".js": "text/javascript", ".css": "text/css"}


class BuiltFiles(StaticFiles):
    """Serves `static/` with the compression that the build made."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path.endswith((".br", ".gz", ".json")):
            raise HTTPException(404)
        accepted = {
            part.split(";")[0].strip()
            for name, value in scope["headers"]
            if name == b"accept-encoding"
            for part in value.decode("latin-1").split(",")
        }
        kind = TYPES.get(Path(path).suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
        for encoding, suffix in ENCODINGS:
            full, found = self._find(path + suffix) if encoding in accepted else ("", None)
            if found is not None:
                response = self.file_response(full, found, scope)
                response.headers["Content-Encoding"] = encoding
                if response.status_code == 200:
                    response.headers["Content-Type"] = kind
                break
        else:
            response = await super().get_response(path, scope)
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response

    def _find(self, path: str) -> tuple[str, os.stat_result | None]:
        """Where a file is. A name that no file can have is a file that is not there."""
        try:
            return self.lookup_path(path)
        except (OSError, ValueError):
            raise HTTPException(404) from None
