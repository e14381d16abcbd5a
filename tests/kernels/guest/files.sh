# Reads, writes, opens and syncs on ext4, and how many of each: small ones by the prime, which the load tells
# itself, and large ones, in which the file system takes nearly all the time of the call.
workload calls /ext4
for turn in $(seq 20); do
    dd if=/dev/zero of=/ext4/large bs=256k count=4 conv=fsync
    dd if=/ext4/large of=/dev/null bs=256k count=4
    dd if=/ext4/large of=/dev/null bs=256k count=4 iflag=direct
done 2> /dev/null
echo '{"large_writes":80,"large_syncs":20,"large_reads":160,"large_opens":60}'
