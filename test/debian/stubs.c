/* SPDX-License-Identifier: MIT */
/*
 * What a program is linked with in place of a library of Debian's: the names
 * that it calls.  In the guest it gets the library itself.
 */
#define F(name) int name(void); int name(void) { return 0; }

#if defined(STUB_z)
F(gzdopen) F(gzwrite) F(gzread) F(gzclose) F(gzerror) F(crc32)
#elif defined(STUB_bz2)
F(BZ2_bzopen) F(BZ2_bzwrite) F(BZ2_bzread) F(BZ2_bzclose) F(BZ2_bzerror)
#elif defined(STUB_lzma)
F(lzma_stream_encoder_mt) F(lzma_stream_decoder) F(lzma_code) F(lzma_end)
F(lzma_physmem) F(lzma_cputhreads)
#elif defined(STUB_zstd)
F(ZSTD_createCCtx) F(ZSTD_freeCCtx) F(ZSTD_CCtx_setParameter)
F(ZSTD_compress2) F(ZSTD_compressBound) F(ZSTD_decompress) F(ZSTD_isError)
F(ZSTD_getErrorName) F(ZDICT_trainFromBuffer)
#elif defined(STUB_expat)
F(XML_ParserCreate) F(XML_SetElementHandler) F(XML_SetCharacterDataHandler)
F(XML_Parse) F(XML_GetErrorCode) F(XML_GetCurrentLineNumber)
F(XML_ErrorString) F(XML_ParserFree)
#elif defined(STUB_sqlite)
F(sqlite3_open) F(sqlite3_exec) F(sqlite3_close) F(sqlite3_errmsg)
#endif
