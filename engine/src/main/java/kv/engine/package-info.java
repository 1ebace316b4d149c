/**
 * The engine: the log of step 5, in segments that are mapped into memory.
 *
 * <p>Read in this order, and compare with {@code step5-merge} idea by idea:
 *
 * <ol>
 *   <li>{@link kv.engine.Store}: the same promises, and which operation needs which lock; {@link
 *       kv.engine.Options}, {@link kv.engine.Stats}
 *   <li>{@code Record}: the seal, and checksums that depend on the place; {@code SealTally}
 *   <li>{@code SegmentName}: the names of the files, which define the log
 *   <li>{@code FileHeader}: the salt, which ties a record to its file
 *   <li>{@code Uninterruptible}: operations that an interrupt must not disturb; {@code
 *       MappedFiles}: maps, their limit, and interrupts; {@code WriterMap}: one that is unmapped
 *   <li>{@code Segment}: a file as memory; {@code SegmentWriter}: how to write to it safely; {@code
 *       LogReader}; {@code LateFaults}: errors that are reported after the access; {@code Disk}:
 *       the differences between operating systems
 *   <li>{@code Log}: the sequence of segments; {@code Location}: a record's place in one number;
 *       {@code Sealer}: a full segment becomes durable while the next is written; {@code
 *       SpaceAccounting}: live and dead bytes; {@code DirectoryHandle}: the descriptors that the log
 *       must not lack; {@code Ballast}: reserve space for a full disk
 *   <li>{@code KeyDir}: an index without keys, for readers without locks; {@code KeyDirTable}: one
 *       of its hash tables; {@code SipHash}; {@code Walk}: all live records, and {@code RadixSort},
 *       which sorts their locations into log order
 *   <li>{@code GroupCommit}: many callers, one fsync
 *   <li>{@code Merge}: space reclaimed while readers and writers run; {@code MergePlan}: which
 *       segments; {@code MergeScheduler}: when; {@code MergeOutput}; {@code Replacement}: one file
 *       in the place of several; {@code Clear}; {@code ObsoleteFiles}; {@code DroppedSegments};
 *       {@code BackPressure}: when a put waits for a merge; {@code Snapshot}: a copy of a store in use
 *   <li>{@code HintFile}: opening without reading the values; {@code RecordIndex} and {@code
 *       HintWriter}: how it is written; {@code Hints}: how it is read; {@code SavedIndex}: opening
 *       without reading the superseded keys
 *   <li>{@code Listing}: the store's files, and proofs of missing ones
 *   <li>{@code Recovery}: torn or corrupt, compared with step 5; {@code LogOpener}: the order of an
 *       open; {@code Takeover}: a directory of step 5; {@code KeyDirLoader}, and {@code KeyDirSweep}:
 *       an index that is filled table by table
 *   <li>{@link kv.engine.Salvage}: the whole records of a store that recovery refuses; {@code
 *       SalvageLock}, {@code SalvageTarget}, {@code SalvageReport}; {@code DamagedFile}, and its
 *       parts {@code FileWindow}, {@code FormatDetector}, {@code RecordMatcher}, {@code
 *       RecordSearch}
 *   <li>{@code FailPoint}: the places where tests crash; {@code Invariants}: the checks afterwards
 *   <li>{@code Directories}: as in step 5, for interrupted threads; {@code CorruptStoreException}:
 *       also for a wrong set of files
 * </ol>
 *
 * <p>{@code DirectoryLock} has one more line for {@code Listing}. {@code Import} and {@code OldLog}
 * convert a store of steps 1 to 4, and only Store uses them; {@code Logs} is the logger. Then the
 * tests: {@code MergeTest}, {@code MergeCrashTest}, {@code PowerLossTest}, {@code KeyDirTest},
 * {@code ReadersTest}, and the others.
 */
package kv.engine;
