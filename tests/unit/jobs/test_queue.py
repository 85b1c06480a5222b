"""Whose turn it is."""

from __future__ import annotations

from datalab_backend.jobs.queue import FairQueue


def _all(queue: FairQueue) -> list[str]:
    taken = []
    while (job := queue.take()) is not None:
        taken.append(job)
    return taken


def test_owners_take_turns_however_many_jobs_one_of_them_has():
    queue = FairQueue()
    for number in range(4):
        queue.add(f"a{number}", "anna")
    queue.add("b0", "ben")
    queue.add("n0", None)
    assert _all(queue) == ["a0", "b0", "n0", "a1", "a2", "a3"]


def test_of_one_owner_the_smaller_job_goes_first_and_then_the_older():
    queue = FairQueue()
    queue.add("big", "anna", 1e12)
    queue.add("small", "anna", 10)
    queue.add("also small", "anna", 10)
    assert _all(queue) == ["small", "also small", "big"]


def test_a_job_that_was_taken_out_costs_its_owner_no_turn():
    queue = FairQueue()
    for job, owner in (("a0", "anna"), ("a1", "anna"), ("b0", "ben")):
        queue.add(job, owner)
    queue.discard("a0")
    assert len(queue) == 2
    assert _all(queue) == ["a1", "b0"]
    assert len(queue) == 0
