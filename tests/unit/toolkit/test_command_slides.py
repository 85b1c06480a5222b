"""The sessions of the NOAO Data Lab's slides, with nothing but the names of tables changed."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest
from datalab_toolkit.cli import main
from terminal import shown_by
from two_users import Users

PASSWORD = "correct horse battery"

SESSION = """\
$ datalab login user=demo00 password="correct horse battery"
Welcome to the Data Lab, demo00
$ datalab query sql="select source_id, ra, dec, name from small.stars order by source_id limit 3"
source_id,ra,dec,name
1152921504606846976,0,0,
1152921504606846983,359.99999999,1e-9,star 1
1152921504606846990,12.3,90,star 2
$ datalab query sql="select * from small.stars limit 10" out="mydb://usno_test2"
OK: mydb://usno_test2, 10 rows
$ datalab query sql="select count(*) from mydb://usno_test2"
count
10
$ datalab query sql="select * from small.stars limit 10" out="vos://foo2.csv"
OK: vos://foo2.csv, 1.3 kB
$ datalab ls name=vos://foo2.csv
foo2.csv
$ datalab put fr=HOSTS to=vos://
(1 / 1) HOSTS -> vos://hosts
$ datalab get fr=vos://hosts to=MYHOSTS
(1/1) [====================] [   281B] hosts
$ datalab mydb_drop table=usno_test2
OK
$ datalab rm name=vos://foo2.csv
$ datalab rm name=vos://hosts
$ datalab logout
'demo00' is now logged out of the Data Lab
$ datalab status
No user is currently logged into the Data Lab
"""


def test_the_command_lines_of_the_slides_run_as_they_stand(
    nobody: Users, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hosts").write_text("x" * 281)
    session = SESSION.replace("MYHOSTS", f"{tmp_path}/myhosts").replace(
        "HOSTS", f"{tmp_path}/hosts"
    )
    for line, wanted in re.findall(r"^\$ datalab (.*)\n((?:[^$].*\n)*)", session, re.MULTILINE):
        status = main(shlex.split(line))
        said, told = capsys.readouterr()
        assert (status, said, told) == (0, wanted, ""), line
    assert (tmp_path / "myhosts").read_text() == "x" * 281


def test_a_terminal_sees_the_same(alice: Users, tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("x" * 281)
    datalab = [sys.executable, "-m", "datalab_toolkit.cli"]
    status, shown = shown_by([*datalab, "put", f"fr={tmp_path}/hosts", "to=vos://"], "stdout")
    last = shown.replace("\x1b[K", "").splitlines()[-1].rpartition("\r")[2]
    assert (status, last) == (0, f"(1 / 1) {tmp_path}/hosts -> vos://hosts")
    status, shown = shown_by([*datalab, "ls"], "stdout")
    assert status == 0
    assert shown.splitlines()[0].split() == ["name", "size", "modified", "(UTC)", "shared", "with"]
