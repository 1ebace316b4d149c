/*
 * WHAT THIS FILE IS
 *
 * Redis's commands and options that this server does not have, with the reason. A command that is
 * missing without a word reads as a fault of the server or a slip of the caller, and an option that
 * is ignored is a promise that is not kept: "SET k v EX 60" would put a value that stays for ever.
 *
 *     EXPIRE k 60         -ERR EXPIRE is not supported by this server: it has no expiry
 *     SET k v EX 60       -ERR SET: EX is not supported by this server: it has no expiry
 *
 * These errors do not begin with "ERR unknown command", as Redis's would: Redisson takes that for a
 * server that is about to learn the command, and sends a script again and again.
 */
package kv.server;

import java.util.HashMap;
import java.util.Locale;
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
        "expire expireat expiretime getex persist pexpire pexpireat pexpiretime psetex setex");
    because("has no scripts", "eval eval_ro evalsha evalsha_ro fcall fcall_ro function script");
    because(
        "has no publish/subscribe",
        "psubscribe publish pubsub punsubscribe spublish ssubscribe subscribe sunsubscribe"
            + " unsubscribe");
    because(
        "has strings only, and no lists",
        "blmove blmpop blpop brpop brpoplpush lindex linsert llen lmove lmpop lpop lpos lpush"
            + " lpushx lrange lrem lset ltrim rpop rpoplpush rpush rpushx");
    because(
        "has strings only, and no sets",
        "sadd scard sdiff sdiffstore sinter sintercard sinterstore sismember smembers smismember"
            + " smove spop srandmember srem sscan sunion sunionstore");
    because(
        "has strings only, and no sorted sets",
        "bzmpop bzpopmax bzpopmin geoadd geodist geohash geopos georadius georadius_ro"
            + " georadiusbymember georadiusbymember_ro geosearch geosearchstore zadd zcard zcount"
            + " zdiff zdiffstore zincrby zinter zintercard zinterstore zlexcount zmpop zmscore"
            + " zpopmax zpopmin zrandmember zrange zrangebylex zrangebyscore zrangestore zrank zrem"
            + " zremrangebylex zremrangebyrank zremrangebyscore zrevrange zrevrangebylex"
            + " zrevrangebyscore zrevrank zscan zscore zunion zunionstore");
    because(
        "has strings only, and no hashes",
        "hdel hexists hexpire hget hgetall hgetdel hgetex hincrby hincrbyfloat hkeys hlen hmget"
            + " hmset hrandfield hscan hset hsetex hsetnx hstrlen httl hvals");
    because(
        "has strings only, and no streams",
        "xack xadd xautoclaim xclaim xdel xgroup xinfo xlen xpending xrange xread xreadgroup"
            + " xrevrange xsetid xtrim");
    because("has no bitmaps", "bitcount bitfield bitfield_ro bitop bitpos getbit setbit");
    because("has no HyperLogLog", "pfadd pfcount pfdebug pfmerge pfselftest");
    because("is not a cluster", "asking cluster readonly readwrite");
    because(
        "has no replication", "failover psync replconf replicaof role slaveof sync wait waitaof");
    because("has one database", "move swapdb");
    because("has no modules", "module");
    because("has one user", "acl");
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
   * @param name in lower case
   */
  static RespException command(String name) {
    String reason = REASONS.get(name);
    return reason == null ? null : notSupported(name.toUpperCase(Locale.ROOT), reason);
  }

  /** Returns the names, in lower case, of all missing commands that have a reason. */
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
