"""
`dfwarm-verify.pyz`: verify bundles and exports on a computer that has no dfwarm, step by step as `dfwarm verify` does.

Needs Python 3.11 and the library cryptography; for bundles with a time-stamp also rfc3161-client. No network, no clock.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

from dfwarm.equipment.bundle_folder import open_bundle
from dfwarm.equipment.export_reading import open_export
from dfwarm.equipment.proof_file import ProofResult
from dfwarm.equipment.trust_folder import TrustFolder
from dfwarm.errors import DfwarmError, HistoryBroken, RecordUnknown, ToolMissing
from dfwarm.evidence.bundle import Bundle
from dfwarm.evidence.export.logs import verify_logs
from dfwarm.evidence.history import HistoryStep
from dfwarm.evidence.proof_files import is_proof
from dfwarm.evidence.trust import Trust
from dfwarm.evidence.verified import plain_verified, say_log_step, say_verified, verify_at, worse_code
from dfwarm.terms import StudyNumber


def main(words: list[str] | None = None) -> int:
    """Verify what the command line names, and give the exit code."""
    asked = _parser().parse_args(words)
    try:
        return _verify(asked)
    except DfwarmError as error:
        print(f"dfwarm-verify: {error}", file=sys.stderr)
        print(f"  hint: {error.hint}", file=sys.stderr)
        return error.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dfwarm-verify",
        description="Verify sealed evidence of dfwarm step by step, without dfwarm.",
        epilog="Exit status: 0 genuine, 25 a library is missing, 27 no such bundle, 33 refused, 34 a newer format, "
        "35 a log or a proof is refused, "
        "39 the zip file is not safe to read, 2 usage.",
    )
    parser.add_argument("targets", nargs="+", metavar="BUNDLE|FILE.zip|PROOF", help="a bundle, an export, or a proof")
    parser.add_argument("--trust", type=Path, required=True, help="the trust folder of the site")
    parser.add_argument("--accept-pending", action="store_true", help="accept a bundle without its time-stamp")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _verify(asked: argparse.Namespace) -> int:
    trust = TrustFolder(asked.trust).read()
    code = 0
    told: list[object] = []
    for place, bundle in _bundles(asked.targets, is_pending_accepted=asked.accept_pending):
        _need_token_library(bundle)
        found = verify_at(place, bundle, trust)
        code = worse_code(code, found)
        if asked.json:
            told.append(plain_verified(found))
        else:
            print("\n".join(say_verified(found, is_long=True)))
    histories = [step for target in asked.targets for step in _logs(target, trust)]
    proofs = [ProofResult.of(Path(target), trust.of_logs) for target in asked.targets if is_proof(target)]
    is_sound = all(step.is_sound for _, step in histories) and not any(each.problem for each in proofs)
    code = code or (0 if is_sound else HistoryBroken.exit_code)
    if asked.json:
        told += [{"study": study, "step": asdict(step)} for study, step in histories]
        told += [asdict(each) for each in proofs]
    else:
        for line in (*(say_log_step(study, step) for study, step in histories), *map(str, proofs)):
            print(line)
    if asked.json:
        print(json.dumps(told, indent=2, sort_keys=True, ensure_ascii=False))
    return code


def _logs(target: str, trust: Trust) -> Iterator[tuple[StudyNumber, HistoryStep]]:
    """The steps over each log of an export."""
    if Path(target).is_file() and not is_proof(target):
        with open_export(Path(target)) as export:
            for study, steps in verify_logs(export.names, export.read, trust.of_logs):
                yield from ((study, step) for step in steps)


def _bundles(targets: list[str], *, is_pending_accepted: bool) -> Iterator[tuple[str, Bundle]]:
    for target in targets:
        path = Path(target)
        if path.is_dir():
            yield target, open_bundle(path, is_pending_accepted=is_pending_accepted)
        elif path.is_file() and is_proof(target):
            continue
        elif path.is_file():
            with open_export(path) as export:
                export.refuse_broken_bag()
                for folder, bundle in export.bundles(is_pending_accepted=is_pending_accepted):
                    yield f"{target}: {folder.rstrip('/')}", bundle
        else:
            raise RecordUnknown(
                f"{target} is neither a folder nor a file", hint="Name a bundle's folder or a zip file."
            )


def _need_token_library(bundle: Bundle) -> None:
    if bundle.tokens and find_spec("rfc3161_client") is None:
        hint = "Install it with pip, or use VERIFY.sh, which asks openssl."
        raise ToolMissing("the bundle is time-stamped, and the library rfc3161-client is not installed", hint=hint)
