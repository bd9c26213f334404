"""The peer is measured where it can be had, and left out with a word where it cannot."""

from benchmarks.peer import queue


def test_without_the_internet_the_peer_is_left_out_with_a_line(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setattr(queue, "_VENV", tmp_path / "peer")
    monkeypatch.setattr(queue, "_PYTHON", tmp_path / "peer" / "bin" / "python")
    monkeypatch.setattr(queue, "_STAMP", tmp_path / "peer" / "installed.txt")
    # A pip of its own takes a venv ten seconds to get.
    given = ["--without-pip", "--system-site-packages"]
    output = queue._output
    monkeypatch.setattr(
        queue, "_output", lambda words: output([*words, *given] if "venv" in words else words)
    )
    assert not queue.installed()
    assert capsys.readouterr().out.count("\n") == 1
    assert not (tmp_path / "peer" / "installed.txt").exists()
