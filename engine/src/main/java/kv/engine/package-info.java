/**
 * The engine: the log of step 5, in segments that are mapped into memory.
 *
 * <p>Read in this order, and compare with {@code step5-merge} idea by idea:
 *
 * <ol>
 *   <li>{@link kv.engine.Store}: the same promises, and who holds which lock; {@link
 *       kv.engine.Options}, {@link kv.engine.Stats}
 *   <li>{@code Record}: the seal, and checksums that depend on the place
 *   <li>{@code SegmentName}: what the names of the files say
 *   <li>{@code FileHeader}: which file a record belongs to
 *   <li>{@code Uninterruptible}: interrupts, which must not close a file; {@code MappedFiles}: nor
 *       keep one from being mapped
 *   <li>{@code Segment}: a file as memory, and how to write to that safely; {@code LogReader};
 *       {@code LateFaults}: errors that come after the access
 *   <li>{@code Log}: one segment after the other, and whose bytes are live; {@code
 *       DirectoryHandle}: the descriptors that it must not lack; {@code Ballast}: space for a full
 *       disk
 *   <li>{@code KeyDir}: an index without keys, for readers without locks; {@code SipHash}; and
 *       {@code RadixSort}, which brings what is in it into the order of the log
 *   <li>{@code GroupCommit}: many callers, one fsync
 *   <li>{@code Merge}: space given back while everything goes on; {@code MergeOutput}; {@code
 *       Snapshot}: a copy of a store in use
 *   <li>{@code HintFile}: opening without reading the values
 *   <li>{@code Listing}: which files are the store's, and how a missing one shows
 *   <li>{@code Recovery}: what a crash can leave, and how a directory of step 5 is taken over
 *   <li>{@link kv.engine.Salvage}: what is whole in a store that recovery refuses; {@code
 *       DamagedFile}
 *   <li>{@code FailPoint}: where the tests crash; {@code Invariants}: what they ask then
 *   <li>{@code Directories}: as in step 5, for interrupted threads; {@code CorruptStoreException}:
 *       damage that is in no one file
 * </ol>
 *
 * <p>{@code DirectoryLock} has one line more for {@code Listing}. {@code Import} and {@code OldLog}
 * bring a store of steps 1 to 4 along, and nothing else depends on them. Then the tests: {@code
 * MergeTest}, {@code MergeCrashTest}, {@code PowerLossTest}, {@code KeyDirTest}, {@code
 * ReadersTest}, and the others.
 */
package kv.engine;
