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
 * </ol>
 *
 * <p>Then the tests: {@code FormatTest}, {@code PutTest}, {@code SyncTest}, {@code OpenTest},
 * {@code CloseTest}, {@code FailedWriteTest}, {@code KillTest}, {@code PowerLossTest}, and last
 * {@code LimitationTest}, which shows the problems that remain.
 *
 * <p>Deep, for a second reading: {@code DirectoryLock}, why only one store at a time, and {@code
 * DirectoryContents}, which files an open refuses. No later chapter needs more than that. Their
 * tests, and others about the systems below a store, are {@code LockTest}, {@code
 * DirectoryContentsTest}, {@code DirectorySyncTest}, {@code InterruptTest} and {@code TurnsTest}.
 */
package kv.step1;
