/*
 * WHAT THIS FILE IS
 *
 * The commands and options of Redis that a client is likely to try and this server does not have,
 * with the reason. Others are unknown commands. A command that is
 * missing without a word reads as a fault of the server or a slip of the caller, and an option that
 * is ignored is a promise that is not kept: "SET k v EX 60" would put a value that stays for ever.
 *
 *     EXPIRE k 60         -ERR EXPIRE is not supported by this server: it has no expiry
 *     SET k v EX 60       -ERR SET: EX is not supported by this server: it has no expiry
 *
 * These errors do not begin with "ERR unknown command", as an unknown command's error does. Redisson
 * sends a script again and again as long as its error begins so.
 */
package kv.server;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The reasons why commands are missing. */
final class Unsupported {
  /** Why nothing expires. */
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
        "has strings only, and no lists",
        "BLMOVE BLMPOP BLPOP BRPOP BRPOPLPUSH LINDEX LINSERT LLEN LMOVE LMPOP LPOP LPOS LPUSH"
            + " LPUSHX LRANGE LREM LSET LTRIM RPOP RPOPLPUSH RPUSH RPUSHX");
    because(
        "has strings only, and no sets",
        "SADD SCARD SDIFF SDIFFSTORE SINTER SINTERCARD SINTERSTORE SISMEMBER SMEMBERS SMISMEMBER"
            + " SMOVE SPOP SRANDMEMBER SREM SSCAN SUNION SUNIONSTORE");
    because(
        "has strings only, and no sorted sets",
        "BZMPOP BZPOPMAX BZPOPMIN GEOADD GEODIST GEOHASH GEOPOS GEORADIUS GEORADIUS_RO"
            + " GEORADIUSBYMEMBER GEORADIUSBYMEMBER_RO GEOSEARCH GEOSEARCHSTORE ZADD ZCARD ZCOUNT"
            + " ZDIFF ZDIFFSTORE ZINCRBY ZINTER ZINTERCARD ZINTERSTORE ZLEXCOUNT ZMPOP ZMSCORE"
            + " ZPOPMAX ZPOPMIN ZRANDMEMBER ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZRANGESTORE ZRANK ZREM"
            + " ZREMRANGEBYLEX ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREVRANGE ZREVRANGEBYLEX"
            + " ZREVRANGEBYSCORE ZREVRANK ZSCAN ZSCORE ZUNION ZUNIONSTORE");
    because(
        "has strings only, and no hashes",
        "HDEL HEXISTS HEXPIRE HGET HGETALL HGETDEL HGETEX HINCRBY HINCRBYFLOAT HKEYS HLEN HMGET"
            + " HMSET HRANDFIELD HSCAN HSET HSETEX HSETNX HSTRLEN HTTL HVALS");
    because(
        "has strings only, and no streams",
        "XACK XADD XAUTOCLAIM XCLAIM XDEL XGROUP XINFO XLEN XPENDING XRANGE XREAD XREADGROUP"
            + " XREVRANGE XSETID XTRIM");
    because("has no bitmaps", "BITCOUNT BITFIELD BITFIELD_RO BITOP BITPOS GETBIT SETBIT");
    because("has no HyperLogLog", "pfadd pfcount pfdebug pfmerge pfselftest");
    because("is not a cluster", "ASKING CLUSTER READONLY READWRITE");
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
   * Returns the error for a command that is missing for a reason, or null if there is none: Redis
   * has no such command either, or one that few programs use.
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

  /** Returns the error for an option that would not do what its caller expects. */
  static RespException option(String command, String option) {
    return notSupported(command + ": " + option, EXPIRY);
  }

  private static RespException notSupported(String name, String reason) {
    return new RespException("ERR " + name + " is not supported by this server: it " + reason);
  }
}
