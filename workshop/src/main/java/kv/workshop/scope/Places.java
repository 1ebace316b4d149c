package kv.workshop.scope;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Numbers of 32 bits for the places of records in several files. A file gets a page of numbers for
 * each mebibyte of it, and a record has the number of the 16 bytes in which it begins: a record is
 * at least that long, so no two share a number. There are numbers for 64 GiB.
 */
final class Places {
  private static final int PAGE_BITS = 20;
  private static final int UNIT_BITS = 4;
  private static final int NUMBER_BITS = PAGE_BITS - UNIT_BITS;
  private static final int PAGES = 1 << Integer.SIZE - NUMBER_BITS;

  /** The file of each page, and the mebibyte of it. Page 0 is free, so that no place is 0. */
  private final List<Strip> owners = new ArrayList<>(List.of(new Strip("")));

  private final List<Integer> indexes = new ArrayList<>(List.of(0));

  private final BitSet free = new BitSet();

  /** Returns the place of a record, or 0 if there are no more numbers. */
  int of(Strip strip, long offset) {
    int index = (int) (offset >>> PAGE_BITS);
    while (strip.pages.size() <= index) {
      int page = takePage(strip, strip.pages.size());
      if (page == 0) {
        return 0;
      }
      strip.pages.add(page);
    }
    int unit = (int) (offset & (1 << PAGE_BITS) - 1) >>> UNIT_BITS;
    return strip.pages.get(index) << NUMBER_BITS | unit;
  }

  private int takePage(Strip strip, int index) {
    int page = free.nextSetBit(0);
    if (page > 0) {
      free.clear(page);
      owners.set(page, strip);
      indexes.set(page, index);
      return page;
    }
    if (owners.size() == PAGES) {
      return 0;
    }
    owners.add(strip);
    indexes.add(index);
    return owners.size() - 1;
  }

  /** Returns the file of a place. */
  Strip strip(int place) {
    return owners.get(place >>> NUMBER_BITS);
  }

  /** Returns the offset of a place: its record begins there, or up to 15 bytes after it. */
  long offset(int place) {
    long start = (long) indexes.get(place >>> NUMBER_BITS) << PAGE_BITS;
    return start | (long) (place & (1 << NUMBER_BITS) - 1) << UNIT_BITS;
  }

  /** Makes the numbers of a file free again. */
  void release(Strip strip) {
    for (int page : strip.pages) {
      owners.set(page, owners.get(0));
      free.set(page);
    }
    strip.pages.clear();
  }
}
