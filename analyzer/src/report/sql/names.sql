-- Who the threads of the timeline are.
SELECT thread, tid, pid, comm FROM threads ORDER BY thread
