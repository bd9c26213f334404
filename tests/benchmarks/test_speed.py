"""`make bench`: what a row says, and what makes a run fail."""

from benchmarks import report, speed, synthetic
from benchmarks.report import Finding
from notifications_platform.core.numbers import is_national_identity_number, is_organization_number


def test_a_goal_that_is_missed_is_told_and_no_broken_promise():
    slow = Finding("x", "a second", [10], limits=[100], limit_name="probe", least=0.5, reach=0.75)
    assert "ratio 0.10" in slow.told()
    assert "at least 0.5: not reached" in slow.told()
    assert slow.kept()["broken"] == []
    assert "at most 300: reached" in Finding("y", "MB", [299.9], most=300).told()
    assert "BROKEN: 3 were lost" in Finding("z", "MB", [1], broken=["3 were lost"]).told()


def test_only_a_broken_promise_makes_a_row_fail(monkeypatch, tmp_path):
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    monkeypatch.setattr(speed, "ROWS", {"slow": _slow, "lossy": _lossy, "dead": _dead})
    assert speed.run("slow", short=True)
    assert not speed.run("lossy", short=True)
    assert not speed.run("dead", short=True)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["lossy.jsonl", "slow.jsonl"]


def _slow(*, short: bool) -> list[Finding]:
    return [Finding("slow", "a second", [1], limits=[100], least=0.5)]


def _lossy(*, short: bool) -> list[Finding]:
    return [Finding("lossy", "a second", [100], limits=[100], least=0.5, broken=["lost 3"])]


def _dead(*, short: bool) -> list[Finding]:
    raise TimeoutError("the platform has not finished in time")


def test_synthetic_registers_hold_numbers_that_registers_take():
    lists = synthetic.registers(500, 50)
    persons = [one["nationalIdentityNumber"] for one in lists["persons"]]
    organizations = [one["organizationNumber"] for one in lists["organizations"]]
    assert len(set(persons)) == 500 == sum(map(is_national_identity_number, persons))
    assert not any(is_national_identity_number(one, synthetic=False) for one in persons)
    assert len(set(organizations)) == 50 == sum(map(is_organization_number, organizations))
