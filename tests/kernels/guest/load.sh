# Pipes, sockets, timers, and programs that come and go.
# The relay by itself: beside the others its stages fall behind the source, and then do not wait for it.
workload w2 > /dev/null
for name in w3 w8 sleeps; do
    workload $name > /dev/null &
done
for turn in $(seq 100); do
    echo line | cat | gzip > /dev/null
    sleep 0.01
done
wait
