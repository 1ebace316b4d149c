/**
 * The parts of the server that both protocols use. No class here knows a protocol.
 *
 * <p>Read in this order:
 *
 * <ol>
 *   <li>{@code ServerContext}: all parts of one running server; {@code Settings}; {@code Secret}
 *       and {@code Sha256}: the password
 *   <li>{@code ServedStore}: the store as the server uses it; {@code EngineStore} and {@code
 *       OwnStore}, with {@code OwnCode} and {@code OwnClasses}: the two kinds; {@code StoreStats}
 *   <li>{@code Turn}: many clients, one fsync
 *   <li>{@code Database}: reads and writes on the event loop; {@code Counters}; {@code
 *       WatchedKeys}: the keys of WATCH
 *   <li>{@code Worker}: slow jobs; {@code Scans}: all keys, some at a time, with {@code Glob} for
 *       patterns; {@code Snapshots}
 *   <li>{@code Budget}: the memory of all connections
 *   <li>{@code Watchdog}: a server that can no longer answer
 * </ol>
 */
package kv.server.core;
