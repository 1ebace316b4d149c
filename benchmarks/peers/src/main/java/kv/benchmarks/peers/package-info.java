/**
 * The engine in a race with RocksDB, LMDB, H2 MVStore, MapDB, Xodus and Chronicle Map.
 *
 * <p>Reading order: {@link kv.benchmarks.peers.Peers}, the command line; {@code PeerRace}, which
 * measures one store after the other; {@code PeerProcess}, which starts a JVM for each and
 * exchanges a {@code PeerTask} for {@code PeerResult}s with it; {@code PeerRun}, the workloads in
 * that JVM; {@code PeerReport}. Every store is a {@code Peer}, and {@code PeerStore} lists them
 * with their promises.
 */
package kv.benchmarks.peers;
