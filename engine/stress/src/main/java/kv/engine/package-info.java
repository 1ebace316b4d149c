/**
 * The engine's memory order, under jcstress: each class has two or three actors, which run at the
 * same time millions of times, and says for each outcome whether it may be seen.
 *
 * <pre>
 *     mvn -q -B -Pstress -pl engine/stress -am package -DskipTests
 *     java -jar engine/stress/target/stress.jar -m quick
 * </pre>
 *
 * <p>Read them in this order:
 *
 * <ol>
 *   <li>{@code KeyDirTableFill}: a location, and then its tag
 *   <li>{@code RecordPublication}: a record, and then its location
 *   <li>{@code Overwrite}: a new record of a key that has one
 *   <li>{@code TableGrowth}: a table, and then its place in the keydir
 *   <li>{@code SlotReuse}: a slot whose key was deleted gets another
 *   <li>{@code GroupCommitCoverage}: what an fsync covers
 *   <li>{@code Mutants}: the same publications with a rule left out
 * </ol>
 *
 * <p>{@code Histories} is another kind of test: Lincheck runs a store's public methods in several
 * threads, and looks for an order of the calls that explains all results.
 *
 * <pre>
 *     java -cp engine/stress/target/stress.jar kv.engine.Histories
 * </pre>
 *
 * <p>The classes are in the engine's package, so that they test the engine's own code.
 */
package kv.engine;
