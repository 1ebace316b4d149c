/**
 * Several machines: each shard of the keys is replicated by Apache Ratis, and the engine is its
 * state machine. To read in this order:
 *
 * <ol>
 *   <li>{@code Node}: the parts of a node
 *   <li>{@code ShardMachine}, {@code ShardStore}: one shard, and why the engine fits
 *   <li>{@code Router}, {@code Plan}, {@code Shards}, {@code Batch}: from a command to its shards
 *   <li>{@code ShardClient}, {@code ShardQueue}, {@code ShardWrites}, {@code ShardReads}, {@code
 *       ShardConnection}: to a shard's leader, and back
 *   <li>{@code SnapshotSender}, {@code SnapshotReceiver}, {@code ShardFiles}: a node that
 *       was down for long
 *   <li>{@code Properties}, {@code Main}, {@code Admin}, {@code Status}: running it
 * </ol>
 */
package kv.cluster;
