/**
 * Step 2: reading is replaying the log; the last record of a key wins.
 *
 * <p>Read in this order, and compare with step 1:
 *
 * <ol>
 *   <li>{@link kv.step2.Store}: get, delete, forEach
 *   <li>{@code Record}: the tombstone, and a header that is read
 *   <li>{@code LogReader}: a cursor over the log
 *   <li>{@code Recovery}: torn or corrupt, the judge of what a crash has left
 *   <li>{@link kv.step2.CorruptStoreException}: the refusal to guess
 *   <li>{@code LogFile}: what an open does now
 * </ol>
 *
 * <p>In the other files there is nothing new. Then the tests: {@code
 * GetTest}, {@code DeleteTest}, {@code ForEachTest}, {@code RecoveryTest}, {@code CorruptionTest},
 * {@code RandomTest}, and last {@code LimitationTest}, which shows what breaks.
 */
package kv.step2;
