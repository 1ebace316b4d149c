/**
 * Step 4: rewrite the log without its dead records, and survive a crash in the middle.
 *
 * <p>Read in this order, and compare with step 3:
 *
 * <ol>
 *   <li>{@link kv.step4.Store}: compact, called by a program or by put; {@link kv.step4.Stats}
 *   <li>{@code Compaction}: the copy, and the order of its operations
 *   <li>{@code LogFile}: how one file replaces another
 *   <li>{@code KeyDir}: the sum of the live bytes
 *   <li>{@code FailPoint}: where the tests crash
 * </ol>
 *
 * <p>The other files contain nothing new, except the name of the copy in {@code DirectoryContents},
 * and {@code Record.setSyncMark} for copied records. Then the tests: {@code CompactTest}, {@code
 * CompactionCrashTest}, {@code StatsTest}, and last {@code LimitationTest}, which shows the problems
 * that remain.
 */
package kv.step4;
