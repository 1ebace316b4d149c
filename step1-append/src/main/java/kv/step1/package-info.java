/**
 * Step 1: writing is appending to a log.
 *
 * <p>Read in this order:
 *
 * <ol>
 *   <li>{@link kv.step1.Store}: the promises
 *   <li>{@code Record}: the bytes of one put
 *   <li>{@code LogFile}: the file, and the difference between written and durable
 *   <li>{@code Directories}: why a file's name needs an fsync of its own
 *   <li>{@code DirectoryLock}: why only one store at a time
 * </ol>
 *
 * <p>In each of these files, stop at the banner <i>For a second reading</i>. The members after it
 * handle details of file systems, and no later chapter needs more than their names.
 *
 * <p>Then the tests: {@code FormatTest}, {@code PutTest}, {@code SyncTest}, {@code OpenTest},
 * {@code CloseTest}, {@code FailedWriteTest}, {@code KillTest}, {@code PowerLossTest}, and last
 * {@code LimitationTest}, which shows the problems that remain.
 *
 * <p>For a second reading: the ends of these files, and {@code DirectoryContents}, which names an
 * open refuses. The tests of both are {@code LockTest}, {@code DirectoryContentsTest}, {@code
 * DirectorySyncTest}, {@code InterruptTest} and {@code TurnsTest}.
 */
package kv.step1;
