/**
 * Step 3: remember where each key's last record is, in a hash index in memory.
 *
 * <p>Read in this order, and compare with step 2:
 *
 * <ol>
 *   <li>{@link kv.step3.Store}: get is now a lookup; size, containsKey
 *   <li>{@code KeyDir}: the index, and its cost
 *   <li>{@code LogFile}: a record is read from the place where it was appended
 *   <li>{@code Record}: a whole record is decoded at once
 *   <li>{@code Recovery}: how an open rebuilds the index
 * </ol>
 *
 * <p>The other files contain nothing new. Then the tests: {@code KeyDirTest}, {@code SizeTest},
 * {@code InvariantsTest}, {@code CorruptionTest}, and last {@code LimitationTest}, which shows the
 * problems that remain.
 */
package kv.step3;
