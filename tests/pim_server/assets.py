"""The files of the PIM that stands in: folders and assets by path, as Data Hub's mutations make them."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLError

DEFINITION = """
type asset { id: ID filename: String fullpath: String mimetype: String type: String filesize: Int data: String
  creationDate: Int modificationDate: Int }
type asset_folder { id: ID filename: String fullpath: String }
input AssetInput { filename: String data: String }
type CreateAssetResult { success: Boolean message: String assetData(defaultLanguage: String): asset }
type CreateAssetFolderResult { success: Boolean message: String id: Int }
"""
QUERIES = """
getAsset(id: Int, fullpath: String, defaultLanguage: String): asset
getAssetFolder(id: Int, fullpath: String, defaultLanguage: String): asset_folder
"""
MUTATIONS = """
createAsset(filename: String!, path: String, parentId: Int, type: String!, userId: Int, input: AssetInput):
  CreateAssetResult
createAssetFolder(path: String, parentId: Int, userId: Int, filename: String!): CreateAssetFolderResult
"""
TYPES = ("image", "document", "video", "audio", "text", "archive", "unknown")


@dataclass
class Assets:
    """Folders and files by full path; `uploads` has every upload that was carried out, by path."""

    held: dict[str, dict[str, Any]] = field(default_factory=lambda: {"/": {"id": 1, "type": "folder", "fullpath": "/"}})
    uploads: list[str] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def resolvers(self) -> dict[str, Callable[..., Any]]:
        """The resolvers by the names of the schema."""
        return {
            "getAsset": lambda _, fullpath=None, **given: self._at(fullpath, is_folder=False),
            "getAssetFolder": lambda _, fullpath=None, **given: self._at(fullpath, is_folder=True),
            "createAsset": lambda _, **given: self._create(given),
            "createAssetFolder": lambda _, **given: self._create_folder(given),
        }

    def files(self) -> dict[str, bytes]:
        """The bytes of every file by its path."""
        return {path: one["bytes"] for path, one in self.held.items() if "bytes" in one}

    def _at(self, fullpath: str | None, *, is_folder: bool) -> dict[str, Any] | None:
        if fullpath is None:
            raise GraphQLError("either id or fullpath expected")
        held = self.held.get(fullpath)
        return held if held and (held["type"] == "folder") == is_folder else None

    def _create(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["type"] not in TYPES:
            raise GraphQLError(f'Class "Pimcore\\Model\\Asset\\{given["type"].title()}" not found')
        with self.lock:
            path = self._free(given)
            if isinstance(path, str):
                data = base64.b64decode((given.get("input") or {}).get("data") or "")
                made = self._put(path, given, given["type"]) | {"bytes": data, "filesize": len(data)}
                self.held[path] = made
                self.uploads.append(path)
                return {"success": True, "message": f"asset created: {made['id']}", "assetData": made}
            return path

    def _create_folder(self, given: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            path = self._free(given)
            if not isinstance(path, str):
                if path["message"] == "saving failed: Duplicate path":
                    raise GraphQLError("Internal server error")  # of folders nobody catches the exception
                return path
            self.held[path] = self._put(path, given, "folder")
            return {"success": True, "message": "folder created", "id": self.held[path]["id"]}

    def _free(self, given: dict[str, Any]) -> str | dict[str, Any]:
        """The path of the new element, or the answer that refuses it."""
        parent = self.held.get(given.get("path") or "")
        if parent is None or parent["type"] != "folder":
            return {"success": False, "message": "unable to resolve parent"}
        path = f"{parent['fullpath'].rstrip('/')}/{given['filename']}"
        return {"success": False, "message": "saving failed: Duplicate path"} if path in self.held else path

    def _put(self, path: str, given: dict[str, Any], kind: str) -> dict[str, Any]:
        return {"id": 1 + len(self.held), "filename": given["filename"], "fullpath": path, "type": kind}
