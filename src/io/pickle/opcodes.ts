/** The instructions of pickles, protocols 2 to 5, by the names of Python's `pickle.py`. Protocol 2 is what `torch.save` writes. */

export const PROTO = 0x80;
export const STOP = 0x2e;
export const MARK = 0x28;
export const POP = 0x30;
export const POP_MARK = 0x31;
export const DUP = 0x32;

export const NONE = 0x4e;
export const NEWTRUE = 0x88;
export const NEWFALSE = 0x89;
export const BININT = 0x4a;
export const BININT1 = 0x4b;
export const BININT2 = 0x4d;
export const LONG1 = 0x8a;
export const LONG4 = 0x8b;
export const BINFLOAT = 0x47;

export const BINUNICODE = 0x58;
export const SHORT_BINUNICODE = 0x8c;
export const BINUNICODE8 = 0x8d;
export const BINSTRING = 0x54;
export const SHORT_BINSTRING = 0x55;
export const BINBYTES = 0x42;
export const SHORT_BINBYTES = 0x43;
export const BINBYTES8 = 0x8e;
export const BYTEARRAY8 = 0x96;

export const EMPTY_TUPLE = 0x29;
export const TUPLE = 0x74;
export const TUPLE1 = 0x85;
export const TUPLE2 = 0x86;
export const TUPLE3 = 0x87;
export const EMPTY_LIST = 0x5d;
export const APPEND = 0x61;
export const APPENDS = 0x65;
export const EMPTY_DICT = 0x7d;
export const SETITEM = 0x73;
export const SETITEMS = 0x75;
export const EMPTY_SET = 0x8f;
export const ADDITEMS = 0x90;
export const FROZENSET = 0x91;

export const GLOBAL = 0x63;
export const STACK_GLOBAL = 0x93;
export const REDUCE = 0x52;
export const NEWOBJ = 0x81;
export const BUILD = 0x62;
export const BINPERSID = 0x51;

export const BINPUT = 0x71;
export const LONG_BINPUT = 0x72;
export const BINGET = 0x68;
export const LONG_BINGET = 0x6a;
export const MEMOIZE = 0x94;
export const FRAME = 0x95;
