"""A simulated DataFax installation: programs, registration, studies; its servers are started and ended by itself."""

import os
import shutil
import stat
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from dfwarm.equipment.process import run
from dfwarm.simulator.plan import StudyPlan
from dfwarm.simulator.setup import server_conf
from dfwarm.simulator.study import write_study
from dfwarm.terms import HostName

VERSIONS = {"4": "DataFax 4.3.0", "2014": "DataFax 2014.1.0", "5": "DFdiscover 5.4.0"}


@dataclass(frozen=True, slots=True)
class Installation:
    """Where a simulated server lies."""

    root: Path
    host_name: str
    release: str
    plans: tuple[StudyPlan, ...]

    @property
    def datafax_dir(self) -> Path:
        """The software and the server's own files."""
        return self.root / "datafax"

    def study_dir(self, number: int) -> Path:
        """The directory of a study."""
        return self.root / "studies" / f"{number:03d}"

    def call(self, program: str, *arguments: str) -> bytes:
        """Run one of its programs and return what it printed."""
        path = f"{self.datafax_dir}/bin:{self.datafax_dir}/reports:{os.environ.get('PATH', os.defpath)}"
        environment = {"DATAFAX_DIR": str(self.datafax_dir), "PATH": path}
        return run(
            (program, *arguments), host=HostName(self.host_name), deadline_seconds=60, environment=environment
        ).stdout


def build_installation(
    root: Path, *, host_name: str, release: str, plans: tuple[StudyPlan, ...], has_data: bool
) -> Installation:
    """Write an installation. One without data has its studies registered and their own DFserver.cf, nothing else."""
    made = Installation(root, host_name, release, plans)
    _install_programs(made)
    for plan in plans:
        study_dir = made.study_dir(plan.number)
        if has_data:
            write_study(study_dir, plan)
        else:
            (study_dir / "lib").mkdir(parents=True, exist_ok=True)
            (study_dir / "lib" / "DFserver.cf").write_bytes(server_conf(plan, str(study_dir)))
    _register(made)
    made.call("DFbootstrap")
    return made


def end_installation(installation: Installation) -> None:
    """Stop the study servers that this installation started, also of a study that is registered no more."""
    for plan in installation.plans:
        conf = installation.study_dir(plan.number) / "lib" / "DFserver.cf"
        installation.call("DFserver.rpc", "-stop", str(conf))


def _install_programs(made: Installation) -> None:
    for folder in ("bin", "lib", "reports", "work", "ecbin"):
        (made.datafax_dir / folder).mkdir(parents=True, exist_ok=True)
    with as_file(files("dfwarm.simulator") / "programs") as programs:
        for program in sorted(programs.iterdir()):
            if program.suffix == ".py" or program.name.startswith("__"):
                continue
            folder = "reports" if program.name.startswith("DF_") else "bin"
            target = made.datafax_dir / folder / program.name
            shutil.copyfile(program, target)
            target.chmod(target.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP)
    (made.datafax_dir / "lib" / "version").write_text(VERSIONS[made.release] + "\n")
    (made.datafax_dir / "lib" / "DFmaster.cf").write_text("AUTO_SLAVES=1\nPRINTER=none\n")
    (made.datafax_dir / "work" / "users").write_text("")


def _register(made: Installation) -> None:
    lines = ["# studies of this server\n"]
    for plan in made.plans:
        conf = made.study_dir(plan.number) / "lib" / "DFserver.cf"
        command = f"{made.datafax_dir}/bin/DFserver.rpc -c {conf}"
        program = 536_870_929 + plan.number
        lines.append(f"{plan.number}|{made.host_name}|{program}|2|{command}|{made.host_name}|{plan.name}\n")
    (made.datafax_dir / "lib" / "DFstudies.db").write_text("".join(lines))
