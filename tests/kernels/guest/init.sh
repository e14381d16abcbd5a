#!/bin/busybox sh
# What the guest does, as its first process: records its loads and hands the recordings back.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t bpf bpf /sys/fs/bpf
ip link set lo up

# beside_ext4dist NAME OPTION...: the load of files, seen by both from before its begin until after its end.
beside_ext4dist() {
    local name=$1
    shift
    ext4dist > "/tmp/$name.ext4dist" &
    # Once everything is attached, it sleeps until it is interrupted.
    until grep -q nanosleep "/proc/$!/wchan"; do
        [ -d "/proc/$!" ] || return
        sleep 0.1
    done
    afterwake-record -q -o "/tmp/$name.wake" "$@" -- sh /files.sh > "/tmp/$name.truth"
    kill -INT $!
    wait $!
}

uname -a
afterwake-record --check && echo CHECKED
afterwake-record -q -o /tmp/all.wake -- sh /load.sh
afterwake-record -q -o /tmp/long.wake --stack-min 1ms -- sh /load.sh

until [ -b /dev/nvme0n1 ]; do sleep 0.1; done
mkdir /ext4
mount -t ext4 /dev/nvme0n1 /ext4
beside_ext4dist rows --profile files
beside_ext4dist sums

stty -F /dev/ttyS1 raw
tar -C /tmp -czf /dev/ttyS1 all.wake long.wake \
    rows.wake rows.ext4dist rows.truth sums.wake sums.ext4dist sums.truth
poweroff -f
