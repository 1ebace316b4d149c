/*
 * WHAT THIS FILE IS
 *
 * Commands and options of Redis that a client is likely to try, but this server does not have, with
 * the reason. All others are unknown commands. Without a reason, a missing command looks like a
 * fault of the server, or a typing error. An option that is ignored breaks a promise: "SET k v EX
 * 60" would put a value that never expires.
 *
 *     EXPIRE k 60         -ERR EXPIRE is not supported by this server: it has no expiry
 *     SET k v EX 60       -ERR SET: EX is not supported by this server: it has no expiry
 *
 * These errors do not begin with "ERR unknown command", the error for an unknown command: Redisson
 * repeats a script without end if its error begins so.
 */
package kv.server.resp;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Missing commands, with the reasons. */
final class Unsupported {
  private static final String EXPIRY = "has no expiry";

  private static final Map<String, String> REASONS = new HashMap<>();

  static {
    because(
        EXPIRY,
        "EXPIRE EXPIREAT EXPIRETIME GETEX PERSIST PEXPIRE PEXPIREAT PEXPIRETIME PSETEX SETEX");
    because("has no scripts", "EVAL EVAL_RO EVALSHA EVALSHA_RO FCALL FCALL_RO FUNCTION SCRIPT");
    because(
        "has no publish/subscribe",
        "PSUBSCRIBE PUBLISH PUBSUB PUNSUBSCRIBE SPUBLISH SSUBSCRIBE SUBSCRIBE SUNSUBSCRIBE"
            + " UNSUBSCRIBE");
    because(
        "has no lists, only strings",
        "BLMOVE BLMPOP BLPOP BRPOP BRPOPLPUSH LINDEX LINSERT LLEN LMOVE LMPOP LPOP LPOS LPUSH"
            + " LPUSHX LRANGE LREM LSET LTRIM RPOP RPOPLPUSH RPUSH RPUSHX");
    because(
        "has no sets, only strings",
        "SADD SCARD SDIFF SDIFFSTORE SINTER SINTERCARD SINTERSTORE SISMEMBER SMEMBERS SMISMEMBER"
            + " SMOVE SPOP SRANDMEMBER SREM SSCAN SUNION SUNIONSTORE");
    because(
        "has no sorted sets, only strings",
        "BZMPOP BZPOPMAX BZPOPMIN GEOADD GEODIST GEOHASH GEOPOS GEORADIUS GEORADIUS_RO"
            + " GEORADIUSBYMEMBER GEORADIUSBYMEMBER_RO GEOSEARCH GEOSEARCHSTORE ZADD ZCARD ZCOUNT"
            + " ZDIFF ZDIFFSTORE ZINCRBY ZINTER ZINTERCARD ZINTERSTORE ZLEXCOUNT ZMPOP ZMSCORE"
            + " ZPOPMAX ZPOPMIN ZRANDMEMBER ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZRANGESTORE ZRANK ZREM"
            + " ZREMRANGEBYLEX ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREVRANGE ZREVRANGEBYLEX"
            + " ZREVRANGEBYSCORE ZREVRANK ZSCAN ZSCORE ZUNION ZUNIONSTORE");
    because(
        "has no hashes, only strings",
        "HDEL HEXISTS HEXPIRE HGET HGETALL HGETDEL HGETEX HINCRBY HINCRBYFLOAT HKEYS HLEN HMGET"
            + " HMSET HRANDFIELD HSCAN HSET HSETEX HSETNX HSTRLEN HTTL HVALS");
    because(
        "has no streams, only strings",
        "XACK XADD XAUTOCLAIM XCLAIM XDEL XGROUP XINFO XLEN XPENDING XRANGE XREAD XREADGROUP"
            + " XREVRANGE XSETID XTRIM");
    because("has no bitmaps", "BITCOUNT BITFIELD BITFIELD_RO BITOP BITPOS GETBIT SETBIT");
    because("has no HyperLogLog", "pfadd pfcount pfdebug pfmerge pfselftest");
    because("has no slots of Redis Cluster", "ASKING CLUSTER READONLY READWRITE");
    because(
        "has no replication", "FAILOVER PSYNC REPLCONF REPLICAOF ROLE SLAVEOF SYNC WAIT WAITAOF");
    because("has one database", "MOVE SWAPDB");
    because("has no modules", "MODULE");
    because("has one user", "ACL");
  }

  private Unsupported() {}

  private static void because(String reason, String names) {
    for (String name : names.split(" ")) {
      REASONS.put(name, reason);
    }
  }

  /**
   * Returns the error for a missing command, or null if it has no reason: Redis does not have the
   * command either, or few programs use it.
   *
   * @param name in upper case
   */
  static RespException command(String name) {
    String reason = REASONS.get(name);
    return reason == null ? null : notSupported(name, reason);
  }

  /** Returns the names, in upper case, of all missing commands that have a reason. */
  static Set<String> names() {
    return REASONS.keySet();
  }

  /** Returns the error for an option that is not supported. */
  static RespException option(String command, String option) {
    return notSupported(command + ": " + option, EXPIRY);
  }

  private static RespException notSupported(String name, String reason) {
    return new RespException("ERR " + name + " is not supported by this server: it " + reason);
  }
}
