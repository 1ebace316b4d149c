/**
 * Step 5: many files, and dead records reclaimed while the store is used.
 *
 * <p>Read in this order, and compare with step 4:
 *
 * <ol>
 *   <li>{@code SegmentName}: which file of the log replaces which
 *   <li>{@code Log}: the sequence of files, and how it continues in a new one
 *   <li>{@code Merge}, which was {@code Compaction}: copying while readers and writers run
 *   <li>{@code KeyDir}: a location has a file, and can be pointed at a copy
 *   <li>{@link kv.step5.Store}: merge, called or on its own thread; close during a merge
 *   <li>{@code LogFile} and {@code Recovery}: only the last file can be torn
 * </ol>
 *
 * <p>The other files contain nothing new, except the names of files, in {@code DirectoryContents},
 * and the places for crashes, in {@code FailPoint}. Then the tests: {@code SegmentNameTest},
 * {@code RotationTest}, {@code MergeTest}, {@code MergeRaceTest}, {@code ReadersTest}, {@code
 * MergeCrashTest}, {@code PowerLossTest}, {@code AdoptionTest}, and last {@code LimitationTest},
 * which shows the problems that remain.
 */
package kv.step5;
