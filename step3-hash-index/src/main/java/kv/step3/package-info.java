/**
 * Step 3: remember where each key's last record is, in a hash index in memory.
 *
 * <p>Read in this order, and compare with step 2:
 *
 * <ol>
 *   <li>{@link kv.step3.Store}: get is a lookup now; size, containsKey
 *   <li>{@code KeyDir}: the index, and what it costs
 *   <li>{@code LogFile}: a record is read from where it was appended
 *   <li>{@code Record}: a whole record is decoded at once
 *   <li>{@code Recovery}: how the index is rebuilt by an open
 * </ol>
 *
 * <p>In the other files there is nothing new. Then the tests: {@code KeyDirTest}, {@code
 * SizeTest}, {@code CorruptionTest}, and last {@code LimitationTest}, which shows what breaks.
 */
package kv.step3;
