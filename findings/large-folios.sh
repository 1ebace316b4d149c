#!/bin/sh
# The number of bytes that an fsync writes after a store of 100 bytes to a mapped file.
#
# A program fills a file with zeros, maps it, and then repeatedly stores 100 bytes after the
# previous ones and calls fdatasync.
#
# Expected: each fdatasync writes one page of 4 KiB, because the store changed one page.
#
# Seen on Linux 6.18, ext4 and XFS: the number depends on the size of the write calls that wrote
# the zeros, minutes before. After calls of 128 KiB each fdatasync writes 128 KiB, after calls of
# 4 KiB it writes 4 KiB. The page cache keeps the bytes of one call in one "large folio", and a
# store through the map makes the whole folio dirty. A single writev of 32 buffers of 4 KiB counts
# as one call of 128 KiB.
#
# Needs: Linux 6.16 or newer, python3, and a temporary folder on ext4 or XFS. No packages, no root.
# Usage: findings/large-folios.sh
set -eu
folder=$(mktemp -d "${TMPDIR:-/tmp}/folios.XXXXXX")
trap 'rm -rf "$folder"' EXIT
type=$(stat -f -c %T "$folder")
case $type in
  ext2/ext3 | xfs) ;;
  *) echo "$folder is on $type; set TMPDIR to a folder on ext4 or XFS" >&2; exit 2 ;;
esac
echo "Linux $(uname -r), $type, KiB written for each store of 100 bytes and fdatasync:"
cat > "$folder/folios.py" <<'PYTHON'
import mmap, os, sys

SIZE = 2 << 20
STORES = 200


def written():
    with open("/proc/self/io") as counters:
        for line in counters:
            if line.startswith("write_bytes: "):
                return int(line.split()[1])


def measure(path, reserve):
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    while os.lseek(file, 0, os.SEEK_END) < SIZE:
        reserve(file)
    os.fsync(file)
    memory = mmap.mmap(file, SIZE)
    before = written()
    for i in range(STORES):
        memory[i * 100 : i * 100 + 100] = b"x" * 100
        os.fdatasync(file)
    result = (written() - before) / STORES / 1024
    memory.close()
    os.close(file)
    os.unlink(path)
    return result


def calls(size):
    return lambda file: os.write(file, bytes(size))


folder = sys.argv[1]
rows = [
    ("calls of 4 KiB", calls(4 << 10), 3, 9),
    ("calls of 32 KiB", calls(32 << 10), 28, 40),
    ("calls of 128 KiB", calls(128 << 10), 100, 140),
    ("writev of 32 x 4 KiB", lambda file: os.writev(file, [bytes(4 << 10)] * 32), 100, 140),
]
changed = False
for name, reserve, least, most in rows:
    kib = measure(os.path.join(folder, "file"), reserve)
    print(f"  {name}: {kib:.1f}")
    if not least <= kib <= most:
        print(f"This has changed: {least} to {most} KiB were seen before.", file=sys.stderr)
        changed = True
sys.exit(1 if changed else 0)
PYTHON
python3 "$folder/folios.py" "$folder"
