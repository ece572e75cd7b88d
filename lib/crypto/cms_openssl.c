/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/crypto/cms_openssl_internal.h"

void eg_cms_bytes_free(struct eg_cms_bytes *b)
{
    OPENSSL_clear_free(b->ptr, b->len);
    *b = (struct eg_cms_bytes){0};
}

BIO *eg_cms_bio(struct eg_span data)
{
    if (data.len > EG_CMS_LEN_MAX) {
        return NULL;
    }
    return BIO_new_mem_buf(data.len == 0 ? (const void *)"" : data.ptr, (int)data.len);
}

eg_status eg_cms_take(BIO *bio, struct eg_cms_bytes *out)
{
    char *text = NULL;
    size_t len = (size_t)BIO_get_mem_data(bio, &text);
    uint8_t *copy = OPENSSL_malloc(len == 0 ? 1 : len);
    if (copy == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    if (len > 0) {
        memcpy(copy, text, len);
    }
    *out = (struct eg_cms_bytes){.ptr = copy, .len = len};
    return EG_OK;
}

eg_status eg_cms_encode(const CMS_ContentInfo *cms, struct eg_cms_bytes *out)
{
    unsigned char *der = NULL;
    int len = i2d_CMS_ContentInfo(cms, &der);
    if (len <= 0) {
        return EG_ERR(CRYPTO_FAILED);
    }
    *out = (struct eg_cms_bytes){.ptr = der, .len = (size_t)len};
    return EG_OK;
}

CMS_ContentInfo *eg_cms_decode(struct eg_span message)
{
    if (message.len == 0 || message.len > EG_CMS_LEN_MAX) {
        return NULL;
    }
    const unsigned char *p = message.ptr;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)message.len);
    if (cms != NULL && p != message.ptr + message.len) {
        CMS_ContentInfo_free(cms);
        return NULL;
    }
    return cms;
}
