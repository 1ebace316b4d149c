/**
 * Step 2: reading is replaying the log; the last record of a key wins.
 *
 * <p>Read in this order, and compare with step 1:
 *
 * <ol>
 *   <li>{@link kv.step2.Store}: get, delete, forEach
 *   <li>{@code Record}: the tombstone, and decoding a header
 *   <li>{@code LogReader}: a cursor over the log
 *   <li>{@code Recovery}: whether the end of a log is torn or corrupt
 *   <li>{@link kv.step2.CorruptStoreException}: reporting damage instead of guessing
 *   <li>{@code LogFile}: opening a log that has records
 * </ol>
 *
 * <p>The other files contain nothing new. Then the tests: {@code GetTest}, {@code DeleteTest},
 * {@code ForEachTest}, {@code RecoveryTest}, {@code CorruptionTest}, {@code RandomTest}, {@code
 * ConcurrencyTest}, {@code MovedDirectoryTest}, and last {@code LimitationTest}, which shows the
 * problems that remain.
 */
package kv.step2;
