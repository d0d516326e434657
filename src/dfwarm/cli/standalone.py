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
from typing import TYPE_CHECKING

from dfwarm.equipment.bundle_folder import open_bundle
from dfwarm.equipment.trust_folder import TrustFolder
from dfwarm.equipment.verifying import Told, Verifying
from dfwarm.errors import DfwarmError, HistoryBroken, RecordUnknown, ToolMissing
from dfwarm.evidence.bundle import Bundle
from dfwarm.evidence.proof_names import is_proof
from dfwarm.evidence.trust import Trust
from dfwarm.evidence.verified import worse_code
from dfwarm.terms import StudyNumber

if TYPE_CHECKING:
    from dfwarm.equipment.proof_file import ProofResult
    from dfwarm.evidence.history import HistoryStep


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
    verifying = Verifying(trust, asked.accept_pending, is_long=True)
    for each in _bundles(asked.targets, verifying):
        code = worse_code(code, each.code)
        told.append(each.plain)
        if not asked.json:
            print(each.lines)
    histories = [step for target in asked.targets for step in _logs(target, trust)]
    proofs = [_proof(target, trust) for target in asked.targets if is_proof(target)]
    is_sound = all(step.is_sound for _, step in histories) and not any(each.problem for each in proofs)
    if asked.json:
        told += [{"study": study, "step": asdict(step)} for study, step in histories]
        told += [asdict(each) for each in proofs]
        print(json.dumps(told, indent=2, sort_keys=True, ensure_ascii=False))
    else:
        _say(histories, proofs)
    return code or (0 if is_sound else HistoryBroken.exit_code)


def _say(histories: "list[tuple[StudyNumber, HistoryStep]]", proofs: "list[ProofResult]") -> None:
    for study, step in histories:
        from dfwarm.evidence.history import say_log_step

        print(say_log_step(study, step))
    for proof in proofs:
        print(proof)


def _proof(target: str, trust: Trust) -> "ProofResult":
    from dfwarm.equipment.proof_file import ProofResult

    return ProofResult.of(Path(target), trust.of_logs)


def _logs(target: str, trust: Trust) -> "Iterator[tuple[StudyNumber, HistoryStep]]":
    """The steps over each log of an export."""
    if Path(target).is_file() and not is_proof(target):
        from dfwarm.equipment.export_reading import open_export
        from dfwarm.evidence.export.logs import verify_logs

        with open_export(Path(target)) as export:
            for study, steps in verify_logs(export.names, export.read, trust.of_logs):
                yield from ((study, step) for step in steps)


def _bundles(targets: list[str], verifying: Verifying) -> Iterator[Told]:
    for target in targets:
        path = Path(target)
        if path.is_dir():
            bundle = open_bundle(path, is_pending_accepted=verifying.is_pending_accepted)
            _need_token_library(bundle)
            yield verifying.told(target, bundle)
        elif path.is_file() and is_proof(target):
            continue
        elif path.is_file():
            yield from _exported(path, verifying)
        else:
            raise RecordUnknown(
                f"{target} is neither a folder nor a file", hint="Name a bundle's folder or a zip file."
            )


def _exported(path: Path, verifying: Verifying) -> Iterator[Told]:
    from dfwarm.equipment.export_reading import open_export

    with open_export(path) as export:
        export.refuse_broken_bag()
        for folder, bundle in export.bundles(is_pending_accepted=verifying.is_pending_accepted):
            _need_token_library(bundle)
            yield verifying.told(f"{path}: {folder.rstrip('/')}", bundle)


def _need_token_library(bundle: Bundle) -> None:
    if bundle.tokens and find_spec("rfc3161_client") is None:
        hint = "Install it with pip, or use VERIFY.sh, which asks openssl."
        raise ToolMissing("the bundle is time-stamped, and the library rfc3161-client is not installed", hint=hint)
