/**
 * Step 4: rewrite the log without its dead records, and survive a crash in the middle.
 *
 * <p>Read in this order, and compare with step 3:
 *
 * <ol>
 *   <li>{@link kv.step4.Store}: compact, by hand and by itself; {@link kv.step4.Stats}
 *   <li>{@code Compaction}: the copy, and the order of things
 *   <li>{@code LogFile}: how a file takes another's place
 *   <li>{@code KeyDir}: live bytes, added up
 *   <li>{@code FailPoint}: where the tests crash
 * </ol>
 *
 * <p>In the other files there is nothing new but the name of the copy, in {@code
 * DirectoryContents}. Then the tests: {@code CompactTest}, {@code
 * CompactionCrashTest}, {@code StatsTest}, and last {@code LimitationTest}, which shows what
 * breaks.
 */
package kv.step4;
