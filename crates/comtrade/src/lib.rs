//! COMTRADE (IEEE C37.111, IEC 60255-24) reader and writer.
