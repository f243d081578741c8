"""Sends a data set or an export to the Hugging Face Hub, in commits of some files each.

What is there already is not sent again: before it begins, a push compares the files with those of the repository, and
within a commit the Hub says what its store has. So a push that was cut off goes on when it is run again. Card and
descriptions go last: a repository without them is not whole.
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from .. import manifest
from ..errors import DatasetError, FleetingError, MissingExtraError, OptionsError
from ..files import sha256
from ..remote import AnyPath
from .croissant import NAME as CROISSANT
from .export import DONE, STATE, on_disk, read_table
from .rights import FACES, Right, rights
from .source import CARD, Source

TOGETHER = (1000, 2 << 30)
"""Files and bytes of a commit, at most (one larger file goes alone): what a cut connection costs in the worst case."""
FOLDER_LIMIT = 10_000
"""Files in one folder, at most: the Hub's limit."""
LAST = (manifest.NAME, FACES, "recipe.toml", CARD, CROISSANT, DONE)
AGAIN = "run the same again; what has arrived is not sent a second time"


@dataclass(frozen=True, slots=True)
class Piece:
    """A file to be sent."""

    name: str
    """Its path in the repository."""
    path: Path
    size: int


@dataclass(frozen=True)
class Cargo:
    """What a folder would send."""

    root: Path
    pieces: list[Piece]
    """In the order in which they go."""
    faces: bool
    """Whether there are images of faces in it."""

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(piece.size for piece in self.pieces)


def load(root: AnyPath | str) -> Cargo:
    """List what a data set or an export at `root` would send.

    Raises:
        OptionsError: it lies on a store.
        DatasetError: the folder is neither, its export is not finished, or a file of it was changed.
        ManifestError: its manifest cannot be used.
    """
    root = on_disk(root)
    if (root / DONE).is_file():
        done = read_table(root / DONE)
        if not (isinstance(done.get("files"), dict) and {"kind", "form"} <= set(done)):
            raise DatasetError(
                "The record of the export is damaged.",
                expected="files, kind and form",
                got=", ".join(done)[:200],
                where=str(root / DONE),
                cure="delete the export and make it again",
            )
        names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
        names = [name for name in names if not any(part.startswith(".") for part in name.split("/"))]
        _compare(root, done["files"])
        faces = done["kind"] != "flow" and done["form"] != "legacy-flow"
    elif (root / manifest.NAME).is_file():
        source = Source(root)
        shards = [path for shard in source.shards for path in (source.tar(shard), source.record(shard))]
        names = [f"shards/{path.name}" for path in shards]
        names += [name for name in LAST if (root / name).is_file()]
        faces = source.kind != "flow"
    else:
        unfinished = (root / STATE).is_dir()
        raise DatasetError(
            "The export is not finished." if unfinished else "This is no data set and no export of one.",
            expected=f"{DONE} or {manifest.NAME}",
            where=str(root),
            cure="run the same `fleeting export` again" if unfinished else "name what synthesize or export wrote",
        )
    crowded = [folder for folder, count in Counter(_folder(name) for name in names).items() if count > FOLDER_LIMIT]
    if crowded:
        raise DatasetError(
            "The Hub takes no folder of so many files.",
            expected=f"{FOLDER_LIMIT} at most",
            where=str(root / crowded[0]),
            cure="export to hf or webdataset",
        )
    names.sort(key=lambda name: LAST.index(name) if name in LAST else -1)
    return Cargo(root, [Piece(name, root / name, (root / name).stat().st_size) for name in names], faces)


def allowed(cargo: Cargo, checked: bool = False) -> list[Right]:
    """The licences of the faces in it; none where it has no face.

    Args:
        cargo: what is to be sent.
        checked: a person has read the licences that are not known here.

    Raises:
        DatasetError: a licence forbids to pass them on, or says nothing of it and nobody has checked.
    """
    owned = rights(cargo.root) if cargo.faces else []
    for verdict, problem, cure in (
        ("no", "Images of faces in this data set may not be passed on.", "synthesize from other faces, or output flow"),
        ("unknown", "Nobody knows here whether the faces may be passed on.", "read the licence, then --rights-checked"),
    ):
        found = [str(right) for right in owned if right.verdict == verdict]
        if found and not (verdict == "unknown" and checked):
            raise DatasetError(problem, got="; ".join(found), where=str(cargo.root / FACES), cure=cure)
    return owned


def push(
    cargo: Cargo, repository: str, *, public: bool = False, endpoint: str | None = None, progress: bool = True
) -> dict[str, Any]:
    """Send what is not there yet; the repository is made if need be.

    Args:
        cargo: what to send; see `allowed` before.
        repository: "NAME" or "OWNER/NAME", a data-set repository.
        public: whether others may see it; a repository that others see already is refused without it.
        endpoint: of the Hub; None: HF_ENDPOINT or the public one.
        progress: show a bar on standard error.

    Returns:
        {"repository", "url", "private", "sent", "bytes", "kept"}: files and bytes sent, files that were there.

    Raises:
        MissingExtraError: huggingface_hub is not installed.
        OptionsError: there is no token, the Hub refuses it, or the repository's name cannot be used.
        FleetingError: the Hub cannot be reached or refuses a file.
    """
    hub = _hub()
    check_name(repository)
    token = hub.get_token()
    if token is None:
        raise OptionsError(
            "There is no token for the Hugging Face Hub.",
            cure="hf auth login, or set HF_TOKEN to a token that may write (https://huggingface.co/settings/tokens)",
        )
    api = hub.HfApi(endpoint=endpoint, token=token)
    with _explained(repository):
        api.whoami()
        place = api.create_repo(repository, repo_type="dataset", private=not public, exist_ok=True)
        private = bool(api.repo_info(place.repo_id, repo_type="dataset").private)
    if not private and not public:
        raise OptionsError(
            f"The repository {place.repo_id} is there already, and everybody can see it.",
            cure="add --public if that is meant, or name another repository",
        )
    with _explained(repository):
        present = {item.path: item for item in api.list_repo_tree(place.repo_id, repo_type="dataset", recursive=True)}
        _refuse_strangers(cargo, present)
        missing = [piece for piece in cargo.pieces if not _same(piece, present.get(piece.name))]
        total = sum(piece.size for piece in missing)
        with tqdm(total=total, unit="B", unit_scale=True, disable=not progress, file=sys.stderr) as bar:
            for group in _groups(missing):
                _commit(api, place.repo_id, group)
                bar.update(sum(piece.size for piece in group))
    return {
        "repository": place.repo_id,
        "url": str(place),
        "private": private,
        "sent": len(missing),
        "bytes": total,
        "kept": len(cargo.pieces) - len(missing),
    }


def check_name(repository: str) -> None:
    """Raise OptionsError unless the Hub allows a repository to be called so."""
    hub = _hub()
    try:
        hub.utils.validate_repo_id(repository)
    except hub.errors.HFValidationError as error:
        raise OptionsError(
            "The Hub allows no repository of this name.", expected="NAME or OWNER/NAME", got=str(error)
        ) from None


def _hub() -> Any:
    try:
        import huggingface_hub
        import huggingface_hub.errors
        import huggingface_hub.utils
    except ImportError:
        raise MissingExtraError("push", "huggingface_hub", "hub") from None
    return huggingface_hub


def _commit(api: Any, repository: str, group: Sequence[Piece]) -> None:
    hub = _hub()
    operations = [hub.CommitOperationAdd(piece.name, piece.path) for piece in group]
    message = f"Fleeting: {group[0].name}" + (f" and {len(group) - 1} more" if len(group) > 1 else "")
    api.create_commit(repository, operations, commit_message=message, repo_type="dataset")


def _groups(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """The files of each commit; those that go last have one of their own."""
    group: list[Piece] = []
    for piece in pieces:
        full = len(group) >= TOGETHER[0] or sum(item.size for item in group) + piece.size > TOGETHER[1]
        if group and (full or (piece.name in LAST) != (group[-1].name in LAST)):
            yield group
            group = []
        group.append(piece)
    if group:
        yield group


def _same(piece: Piece, present: Any) -> bool:
    """Whether the repository has this content under this name."""
    if present is None or getattr(present, "size", None) != piece.size:
        return False
    if present.lfs is not None:
        return bool(present.lfs.sha256 == sha256(piece.path))
    content = piece.path.read_bytes()  # small: the Hub keeps large files in its store
    return bool(present.blob_id == hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest())


def _compare(root: Path, files: dict[str, str]) -> None:
    """Hold the files of an export against the hashes that it was written with."""
    for name, digest in files.items():
        if not (root / name).is_file() or sha256(root / name) != digest:
            raise DatasetError(
                "A file of the export is missing or was changed.",
                expected=f"sha256 {digest}",
                where=str(root / name),
                cure="delete the export and make it again",
            )


def _refuse_strangers(cargo: Cargo, present: Mapping[str, Any]) -> None:
    """Refuse to add to folders that hold samples of something else: who loads the repository would get both."""
    ours = {piece.name for piece in cargo.pieces}
    folders = {name.partition("/")[0] for name in ours if "/" in name}
    strange = [name for name, item in present.items() if hasattr(item, "size") and name not in ours]
    strange = sorted(name for name in strange if "/" in name and name.partition("/")[0] in folders)
    if strange:
        raise DatasetError(
            "The repository holds samples of something else.",
            got=f"{len(strange)} files that are not in {cargo.root}, first {strange[0]}",
            cure="name another repository, or delete those files there first",
        )


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


@contextmanager
def _explained(repository: str) -> Iterator[None]:
    """Turn what the Hub's client raises into an error of ours."""
    hub = _hub()
    transport = hub.errors.HfHubHTTPError.__mro__[1]  # of httpx or requests, as the version of the client has it
    try:
        yield
    except (OSError, RuntimeError, ValueError, transport) as error:
        cause = error if getattr(error, "response", None) is not None else error.__cause__ or error
        status = getattr(getattr(cause, "response", None), "status_code", None)
        text = str(cause).strip().splitlines()
        got = text[0] if text else type(cause).__name__
        if status == 401:
            raise OptionsError(
                "The Hub does not accept the token.", got=got, cure="hf auth login, or set HF_TOKEN to a valid token"
            ) from error
        if status == 403:
            raise OptionsError(
                f"The token may not write to {repository}.", got=got, cure="use a token with the right to write"
            ) from error
        raise FleetingError(
            "The data did not reach the Hub whole.", got=f"{type(cause).__name__}: {got}", where=repository, cure=AGAIN
        ) from error
