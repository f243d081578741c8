"""A Hugging Face Hub of one process: the few endpoints that a push needs, and ways to make it fail."""

import base64
import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import huggingface_hub.constants
import huggingface_hub.utils._http
import pytest

TOKEN = "hf_stub"
LARGE = (".tar", ".parquet", ".jpg", ".png")


class StubHub(ThreadingHTTPServer):
    """Repositories, their store of large files, and a log of what came in."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.repositories = {}  # id -> {"private": bool, "files": {path: (size, oid, is large)}}
        self.store = {}  # sha256 -> content
        self.log = []  # (method, path, bytes)
        self.puts_until_cut = None  # then the line is dead
        self.commits_until_cut = None
        self.refuse = {}  # a part of the path -> status

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def uploads(self):
        """Bytes that came into the store, request by request."""
        return [size for method, _, size in self.log if method == "PUT"]

    def handle_error(self, request, client_address):
        """A client that hangs up is no news."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def do_PUT(self):
        hub = self.server
        if hub.puts_until_cut == 0:
            return self.cut()
        if hub.puts_until_cut is not None:
            hub.puts_until_cut -= 1
        content = self.body()
        hub.log.append(("PUT", self.path, len(content)))
        hub.store[hashlib.sha256(content).hexdigest()] = content
        return self.reply({})

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pieces = []
        while size := int(self.rfile.readline(), 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def cut(self):
        self.close_connection = True
        self.connection.close()

    def reply(self, content, status=200, **headers):
        text = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": len(text), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(text)

    def answer(self, body):
        hub, path = self.server, self.path.partition("?")[0]
        hub.log.append((self.command, path, len(body)))
        for part, status in hub.refuse.items():
            if part in path:
                return self.reply({"error": f"refused {part}"}, status)
        if path != "/api/validate-yaml" and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.reply({"error": "Invalid credentials"}, 401)
        if hub.puts_until_cut == 0:
            return self.cut()
        if path == "/api/whoami-v2":
            return self.reply({"name": "me", "type": "user", "orgs": []})
        if path == "/api/validate-yaml":
            return self.reply({"warnings": [], "errors": []})
        if path == "/api/repos/create":
            return self.create(json.loads(body))
        if path.endswith(".git/info/lfs/objects/batch"):
            return self.batch(json.loads(body))
        name, _, verb = path.removeprefix("/api/datasets/").partition("/")
        owner, name, verb = name, *[*verb.split("/"), ""][:2]
        repository = hub.repositories.get(f"{owner}/{name}")
        if repository is None:
            return self.reply({"error": "Repository not found"}, 404, **{"X-Error-Code": "RepoNotFound"})
        if verb == "preupload":
            return self.preupload(repository, json.loads(body))
        if verb == "commit":
            return self.commit(f"{owner}/{name}", repository, [json.loads(line) for line in body.splitlines()])
        if verb == "tree":
            return self.reply([entry(item, *facts) for item, facts in sorted(repository["files"].items())])
        return self.reply({"id": f"{owner}/{name}", "private": repository["private"], "sha": "0" * 40})

    def create(self, wanted):
        name = f"{wanted.get('organization') or 'me'}/{wanted['name']}"
        url = f"{self.server.url}/datasets/{name}"
        if name in self.server.repositories:
            return self.reply({"error": "You already created this dataset repo", "url": url}, 409)
        private = wanted.get("visibility") == "private" or wanted.get("private") is True
        self.server.repositories[name] = {"private": private, "files": {}}
        return self.reply({"url": url, "name": name})

    def batch(self, wanted):
        found = []
        for item in wanted["objects"]:
            found.append(dict(item))
            if item["oid"] not in self.server.store:
                found[-1]["actions"] = {"upload": {"href": f"{self.server.url}/store/{item['oid']}"}}
        return self.reply({"transfer": "basic", "objects": found})

    def preupload(self, repository, wanted):
        files = [
            {
                "path": item["path"],
                "uploadMode": "lfs" if item["path"].endswith(LARGE) else "regular",
                "shouldIgnore": False,
                "oid": repository["files"].get(item["path"], (0, None, False))[1],
            }
            for item in wanted["files"]
        ]
        return self.reply({"files": files})

    def commit(self, name, repository, lines):
        if self.server.commits_until_cut == 0:
            return self.cut()
        if self.server.commits_until_cut is not None:
            self.server.commits_until_cut -= 1
        for line in lines:
            value = line["value"]
            if line["key"] == "lfsFile":
                assert value["oid"] in self.server.store, "a commit names what is not in the store"
                repository["files"][value["path"]] = (value["size"], value["oid"], True)
            if line["key"] == "file":
                content = base64.b64decode(value["content"])
                oid = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
                repository["files"][value["path"]] = (len(content), oid, False)
        return self.reply(
            {"success": True, "commitOid": "1" * 40, "commitUrl": f"{self.server.url}/datasets/{name}/commit/1"}
        )


def entry(path, size, oid, large):
    item = {"type": "file", "path": path, "size": size, "oid": "2" * 40 if large else oid}
    return item | ({"lfs": {"oid": oid, "size": size, "pointerSize": 130}} if large else {})


@contextmanager
def served():
    """A hub that listens, and a client that knows its token, keeps to plain LFS and does not wait between trials."""
    hub = StubHub()
    thread = threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
        patch.setattr(huggingface_hub.constants, "ENDPOINT", hub.url)
        patch.setattr("huggingface_hub.utils._http.time.sleep", lambda _: None)
        patch.setattr(huggingface_hub, "get_token", lambda: TOKEN)
        try:
            yield hub
        finally:
            hub.shutdown()
            thread.join()
            hub.server_close()
